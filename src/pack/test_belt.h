// A belt for tests: generated ore in slices, as observations.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "inspect/inspector.h"
#include "science/spectra/ores.h"

namespace beltwarden::pack::testing {

/// Feeds inspectors with slices of 50 t of one lot and keeps what they say.
class TestBelt {
 public:
  TestBelt(std::vector<std::unique_ptr<inspect::Inspector>>& inspectors, std::string declared, std::string delivered, std::uint64_t seed)
      : inspectors_(inspectors), library_(spectra::mineral_library(spectra::demo_axis()).value()), rng_(seed),
        lot_(spectra::draw_lot(*spectra::find_demo_ore(delivered), rng_)) {
    auto axis = std::make_shared<material::SpectralAxis>();
    axis->wavelengths_nm = library_.axis_nm;
    axis_ = axis;
    plan_.lot = LotId("L");
    plan_.brand = std::move(declared);
    observe(plan_, {});
  }

  material::LotPlan& plan() { return plan_; }
  /// What the instrument makes of the light, where something is wrong with it.
  std::function<void(const std::vector<double>& axis_nm, spectra::Spectrum& reading)> instrument;
  void announce() { observe(plan_, {}); }
  const spectra::OreLot& lot() const { return lot_; }
  void deliver(const std::string& brand) { lot_ = spectra::draw_lot(*spectra::find_demo_ore(brand), rng_); }

  /// `n` slices of 7 readings of 3 spots; `bend` changes the slice's recipe, `haze` the window.
  void run(int n, const std::function<void(spectra::Recipe&, Rng&)>& bend = {}, double haze = 0, bool last = false, double white = 1) {
    for (int s = 0; s < n; ++s) {
      auto slice = spectra::draw_slice(lot_, rng_);
      if (bend) bend(slice, rng_);
      for (int k = 0; k < 7; ++k) {
        spectra::Spectrum mean = spectra::Spectrum::Zero(static_cast<Eigen::Index>(library_.axis_nm.size()));
        for (int spot = 0; spot < 3; ++spot) mean += spectra::mix(library_, spectra::draw_spot(slice, rng_)).value().reflectance / 3;
        spectra::observe(library_.axis_nm, spectra::draw_optics(rng_), rng_, mean);
        mean = (mean.array() * (1 - haze) + 0.3 * haze).matrix();
        if (instrument) instrument(library_.axis_nm, mean);
        material::SpectrumReading reading;
        reading.axis = axis_;
        reading.scans = 3;
        reading.white_level = white;
        reading.reflectance.assign(mean.begin(), mean.end());
        const double from = mark_t_ + 50.0 * k / 7;
        observe(reading, {{plan_.lot, {Tonnes{from}, Tonnes{from + 50.0 / 7}}}});
      }
      material::SliceClosed closed;
      closed.interval = {plan_.lot, {Tonnes{mark_t_}, Tonnes{mark_t_ + 50}}};
      closed.last_of_lot = last && s + 1 == n;
      mark_t_ += 50;
      for (auto& i : inspectors_) {
        const auto judged = i->close_slice(closed, {closed.interval.tonnes}, sink(*i));
        for (const auto& t : judged) judged_t_[i->info().name] += t.mass().value;
      }
    }
  }

  double mark_t() const { return mark_t_; }
  double judged_t(const std::string& model) const {
    const auto it = judged_t_.find(model);
    return it == judged_t_.end() ? 0 : it->second;
  }
  const std::vector<wire::Finding>& findings() const { return findings_; }
  /// Findings that ask for an alarm, with those of the same kind on touching tonnes taken together, as control does.
  std::vector<wire::Finding> alarms() const {
    std::vector<wire::Finding> out;
    for (const auto& f : findings_) {
      if (f.priority == wire::Priority::kNone || f.verdict != wire::Verdict::kSuspect) continue;
      const auto same = std::ranges::find_if(out, [&](const wire::Finding& o) {
        return o.model == f.model && o.code == f.code && o.label == f.label && f.where.tonnes.from <= o.where.tonnes.to;
      });
      if (same == out.end()) {
        out.push_back(f);
      } else {
        same->where.tonnes.to = std::max(same->where.tonnes.to, f.where.tonnes.to);
      }
    }
    return out;
  }
  std::vector<wire::Finding> of(const std::string& code) const {
    std::vector<wire::Finding> out;
    for (const auto& f : findings_) {
      if (f.code == code) out.push_back(f);
    }
    return out;
  }
  const spectra::MineralLibrary& library() const { return library_; }

 private:
  inspect::FindingSink sink(const inspect::Inspector& i) {
    return [this, name = i.info().name](wire::Finding f) {
      f.model = name;
      findings_.push_back(std::move(f));
    };
  }
  void observe(material::ObservationPayload payload, std::vector<material::LotInterval> intervals) {
    material::Observation o;
    o.instrument = InstrumentId("spectrometer");
    o.time = Time{static_cast<std::int64_t>(++count_) * 1000000000};
    o.intervals = std::move(intervals);
    o.payload = std::move(payload);
    for (auto& i : inspectors_) i->observe(o, sink(*i));
  }

  std::vector<std::unique_ptr<inspect::Inspector>>& inspectors_;
  spectra::MineralLibrary library_;
  Rng rng_;
  spectra::OreLot lot_;
  std::shared_ptr<const material::SpectralAxis> axis_;
  material::LotPlan plan_;
  double mark_t_ = 0;
  std::uint64_t count_ = 0;
  std::map<std::string, double> judged_t_;
  std::vector<wire::Finding> findings_;
};

}  // namespace beltwarden::pack::testing
