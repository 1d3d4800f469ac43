// A belt for tests of inspectors: one lot, 4.5 m/s, 4,000 t/h.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect::testing {

inline const LotId kLot{"LOT-1"};

inline InspectorSources sources(const std::string& model = "") {
  InspectorSources s;
  s.version = "demo@1#abc";
  s.model = [model](std::string_view) -> std::string_view { return model; };
  return s;
}

// A lot on a belt of 4.5 m/s at 4,000 t/h, in seconds: 1.111 t and one observation of each kind a second.
class Belt {
 public:
  Belt(Inspector& inspector, double declared_t) : inspector_(inspector) {
    material::LotPlan plan;
    plan.lot = kLot;
    plan.commodity = "iron-ore";
    plan.declared_mass_t = declared_t;
    see(plan, {});
  }

  template <class Payload>
  void see(Payload payload, std::vector<material::LotInterval> intervals, double at_s = -1) {
    material::Observation o;
    o.instrument = InstrumentId{"x"};
    o.time = Time{} + seconds(at_s < 0 ? second_ : at_s);
    o.intervals = std::move(intervals);
    o.payload = std::move(payload);
    inspector_.observe(o, say());
  }
  static material::LotInterval interval(double from, double to) { return {kLot, {Tonnes{from}, Tonnes{to}}}; }

  /// A second of belt; closes the slice of 50 t that it completes.
  void second(double scale_gain = 1) {
    const double before = mark_;
    mark_ += 4000.0 / 3600 * scale_gain;
    ++second_;
    material::BeltReading belt;
    belt.speed_mps = 4.5;
    belt.rate_tph = 4000 * scale_gain;
    belt.running = true;
    see(belt, {interval(before, mark_)});
    if (mark_ - closed_ > 60) close(closed_ + 50, false);
  }
  void close(double to, bool last) {
    material::SliceClosed slice;
    slice.interval = interval(closed_, to);
    slice.last_of_lot = last;
    slice.first = slice.last = Time{} + seconds(second_);
    for (const auto& part : inspector_.close_slice(slice, {slice.interval.tonnes}, say())) judged_t += part.mass().value;
    closed_ = to;
  }
  FindingSink say() {
    return [this](wire::Finding f) { said.push_back(std::move(f)); };
  }
  std::vector<wire::Finding> of(const std::string& code) const {
    std::vector<wire::Finding> result;
    for (const auto& f : said) {
      if (f.code == code) result.push_back(f);
    }
    return result;
  }
  double mark() const { return mark_; }

  std::vector<wire::Finding> said;
  double judged_t = 0;                 ///< of the slices closed

 private:
  Inspector& inspector_;
  double mark_ = 0, closed_ = 0;
  double second_ = 0;
};

}  // namespace beltwarden::inspect::testing
