#include "twin/belt_plan.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/rng.h"

namespace beltwarden::twin {
namespace {

constexpr double kRampSeconds = 6;
constexpr double kLeadInSeconds = 20;  // the belt runs empty before the first grab
constexpr double kRunOutSeconds = 30;  // and after the last tonne has passed the last instrument

// Grabs and operators: slow wander and the rhythm of a grab, in 0.8 ... 1.2.
class Rhythm {
 public:
  explicit Rhythm(std::uint64_t seed) {
    Rng rng(seed, 0x6665656472617465);
    for (auto& p : phase_) p = rng.uniform(0, 2 * std::numbers::pi);
  }
  double at(double t) const {
    const auto wave = [&](int i, double period, double depth) {
      return depth * std::sin(2 * std::numbers::pi * t / period + phase_[i]);
    };
    return 1 + wave(0, 5400, .05) + wave(1, 1300, .04) + wave(2, 311, .03) + wave(3, 52, .05) + wave(4, 23, .03);
  }

 private:
  double phase_[5];
};

double scale_gain(const Scenario& scenario, std::size_t lot, double mark_t) {
  double gain = 1;
  for (const auto& f : scenario.faults) {
    if (f.kind != "scale_drift" || f.lot != lot || mark_t < f.from_t) continue;
    gain += f.amount * std::min(1.0, (mark_t - f.from_t) / std::max(1.0, 0.5 * (f.to_t - f.from_t)));
  }
  return gain;
}

}  // namespace

BeltPlan::BeltPlan(const Scenario& scenario)
    : feed_offset_m_(-scenario.feed_distance_m),
      lot_mass_t_(scenario.lots.size(), 0.0),
      lot_measured_t_(scenario.lots.size(), 0.0),
      fed_until_s_(scenario.lots.size(), 0.0) {
  const Rhythm rhythm(scenario.seed);
  travel_m_.push_back(0);
  const double v = scenario.speed_mps;
  for (int i = 0; i < kLeadInSeconds; ++i) step(v, -1, 0, 1, 0);

  double total_t = 0;
  std::size_t next_stop = 0;
  int showing = 0;
  for (const auto& feed : scenario.feeds) {
    const int number = scenario.lots[feed.lot].feed_number;
    const int gap = static_cast<int>(feed.gap_s);
    for (int i = 0; i < gap; ++i) step(v, -1, 0, 1, i < gap / 2 ? showing : number);
    showing = number;
    double left_t = feed.tonnes;
    double ramp = 1, held_s = 0;
    bool stopping = false;
    while (left_t > 1e-9) {
      if (!stopping && next_stop < scenario.stops.size() && total_t >= scenario.stops[next_stop].at_t) stopping = true;
      if (stopping) {
        if (ramp > 1e-9) {
          ramp = std::max(0.0, ramp - 1 / kRampSeconds);
        } else if (held_s < scenario.stops[next_stop].seconds) {
          held_s += 1;
        } else {
          stopping = false;
          held_s = 0;
          ++next_stop;
        }
      }
      if (!stopping && ramp < 1) ramp = std::min(1.0, ramp + 1 / kRampSeconds);
      if (ramp <= 1e-9) {
        step(0, -1, 0, 1, number);
        continue;
      }
      double rate = feed.rate_tph * rhythm.at(duration_s());
      for (const auto& s : scenario.surges) {
        if (total_t >= s.from_t && total_t < s.to_t) rate *= s.factor;
      }
      const double tonnes = std::min(left_t, rate / 3600 * ramp);
      const double gain = scale_gain(scenario, feed.lot, lot_mass_t_[feed.lot]);
      step(v * ramp, static_cast<int>(feed.lot), tonnes, gain, number);
      left_t -= tonnes;
      total_t += tonnes;
      fed_until_s_[feed.lot] = duration_s();
    }
  }
  const double far =
      std::max({scenario.camera.distance_m + scenario.camera.length_m(), scenario.spectrometer.distance_m,
                scenario.gamma.distance_m, scenario.sampler_distance_m});
  const int clear = static_cast<int>(std::ceil((far + feed_offset_m_) / v) + kRunOutSeconds);
  for (int i = 0; i < clear; ++i) step(v, -1, 0, 1, 0);
}

void BeltPlan::step(double metres, int lot, double tonnes, double gain, int feed_number) {
  Second s;
  s.coordinate_m = travel_m_.back() + feed_offset_m_;
  s.lot = static_cast<std::int16_t>(lot);
  s.feed_number = static_cast<std::int16_t>(feed_number);
  s.fed_t = tonnes;
  s.measured_t = tonnes * gain;
  s.measured_total_t = measured_total_t_;
  if (lot >= 0) {
    const auto l = static_cast<std::size_t>(lot);
    s.mark_t = lot_mass_t_[l];
    s.measured_mark_t = lot_measured_t_[l];
    lot_mass_t_[l] += tonnes;
    lot_measured_t_[l] += s.measured_t;
    measured_total_t_ += s.measured_t;
  }
  seconds_.push_back(s);
  travel_m_.push_back(travel_m_.back() + metres);
}

double BeltPlan::travel_m(double time_s) const {
  const double t = std::clamp(time_s, 0.0, duration_s());
  const auto i = std::min(static_cast<std::size_t>(t), seconds_.size() - 1);
  return travel_m_[i] + (t - static_cast<double>(i)) * (travel_m_[i + 1] - travel_m_[i]);
}

double BeltPlan::speed_mps(double time_s) const {
  if (time_s < 0 || time_s >= duration_s()) return 0;
  const auto i = static_cast<std::size_t>(time_s);
  return travel_m_[i + 1] - travel_m_[i];
}

double BeltPlan::time_of_travel(double travel_m) const {
  const auto it = std::ranges::lower_bound(travel_m_, travel_m);
  if (it == travel_m_.end()) return duration_s();
  if (it == travel_m_.begin()) return 0;
  const auto i = it - travel_m_.begin();
  const double before = travel_m_[static_cast<std::size_t>(i - 1)];
  return static_cast<double>(i - 1) + (travel_m - before) / (*it - before);
}

std::size_t BeltPlan::second_at(double coordinate_m) const {
  // The last second that begins at or before it: seconds of a standing belt begin where the next one begins too.
  const auto it = std::ranges::upper_bound(seconds_, coordinate_m, {}, &Second::coordinate_m);
  return it == seconds_.begin() ? 0 : static_cast<std::size_t>(it - seconds_.begin()) - 1;
}

BeltPlan::Spot BeltPlan::spot(double coordinate_m) const {
  if (coordinate_m < seconds_.front().coordinate_m) return {};
  const std::size_t i = second_at(coordinate_m);
  const Second& s = seconds_[i];
  const double metres = travel_m_[i + 1] - travel_m_[i];
  if (s.lot < 0 || s.fed_t <= 0 || metres <= 0 || coordinate_m > s.coordinate_m + metres) return {};
  return {s.lot, s.mark_t + s.fed_t * (coordinate_m - s.coordinate_m) / metres, s.fed_t * 1000 / metres};
}

double BeltPlan::coordinate_of(std::size_t lot, double mark_t) const {
  for (std::size_t i = 0; i < seconds_.size(); ++i) {
    const Second& s = seconds_[i];
    if (s.lot != static_cast<int>(lot) || s.fed_t <= 0 || s.mark_t + s.fed_t < mark_t) continue;
    return s.coordinate_m + (travel_m_[i + 1] - travel_m_[i]) * (mark_t - s.mark_t) / s.fed_t;
  }
  return seconds_.back().coordinate_m;
}

double BeltPlan::measured_t(double travel_m) const {
  if (travel_m < seconds_.front().coordinate_m) return 0;
  const std::size_t i = second_at(travel_m);
  const Second& s = seconds_[i];
  const double metres = travel_m_[i + 1] - travel_m_[i];
  const double share = metres > 0 ? std::min(1.0, (travel_m - s.coordinate_m) / metres) : 1.0;
  return s.measured_total_t + s.measured_t * share;
}

double BeltPlan::measured_mark_t(std::size_t lot, double mark_t) const {
  double last = mark_t;
  for (const auto& s : seconds_) {
    if (s.lot != static_cast<int>(lot) || s.fed_t <= 0) continue;
    last = s.measured_mark_t + s.measured_t;
    if (s.mark_t + s.fed_t >= mark_t) return s.measured_mark_t + s.measured_t * (mark_t - s.mark_t) / s.fed_t;
  }
  return last;
}

int BeltPlan::feed_number(double time_s) const {
  if (time_s < 0 || time_s >= duration_s()) return 0;
  return seconds_[static_cast<std::size_t>(time_s)].feed_number;
}

}  // namespace beltwarden::twin
