#include "inspect/belt_load.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::inspect {
namespace {
constexpr std::size_t kStretchesKept = 4096;
constexpr double kSlowest_mps = 0.2;           // below this the rate over the speed says nothing
constexpr double kScaleError = 0.01;           // of the momentary rate, relative
}  // namespace

void BeltLoad::observe(const material::Observation& observation) {
  const auto* belt = std::get_if<material::BeltReading>(&observation.payload);
  if (belt == nullptr) return;
  if (belt->speed_mps < kSlowest_mps || !(belt->rate_tph >= 0)) return;
  const double load = belt->rate_tph / 3.6 / belt->speed_mps;
  std::set<LotId> weighed;
  for (const auto& interval : observation.intervals) {
    lots_[interval.lot].newest_poll = ++polls_;
    auto& lot = lots_[interval.lot].stretches;
    const bool after_gap = !weighed_last_.contains(interval.lot) || observation.intervals.size() > 1;
    lot.push_back({interval.tonnes.to.value, load, after_gap});
    if (lot.size() > kStretchesKept) lot.pop_front();
    weighed.insert(interval.lot);
  }
  weighed_last_ = std::move(weighed);
  if (lots_.size() > 16) {
    // Ships have few lots; whatever has not been weighed for longest goes.
    lots_.erase(std::min_element(lots_.begin(), lots_.end(),
                                 [](const auto& a, const auto& b) { return a.second.newest_poll < b.second.newest_poll; }));
  }
}

std::optional<LoadAt> BeltLoad::at(const material::LotInterval& where) const {
  const auto lot = lots_.find(where.lot);
  if (lot == lots_.end() || lot->second.stretches.empty()) return std::nullopt;
  const auto& stretches = lot->second.stretches;
  auto it = std::lower_bound(stretches.begin(), stretches.end(), where.tonnes.from.value,
                             [](const Stretch& s, double mark) { return s.to_t <= mark; });
  if (it == stretches.end()) return std::nullopt;
  // The polls before and after count too: what a poll weighs where a load ends is partly bare belt.
  const auto first = it - std::min<std::ptrdiff_t>(2, it - stretches.begin());
  bool end = false;
  double low = 1e9, high = 0;
  double weighted = 0, mass = 0, from = where.tonnes.from.value;
  auto last = it;
  for (; last != stretches.end(); ++last) {
    const double part = std::max(std::min(last->to_t, where.tonnes.to.value) - from, 1e-9);
    weighted += part * last->kg_per_m;
    mass += part;
    from = last->to_t;
    if (last->to_t >= where.tonnes.to.value) break;
  }
  const auto reach = stretches.end() - last > 3 ? last + 3 : stretches.end();
  if (stretches.end() - last <= 3) end = !weighed_last_.contains(where.lot);  // the newest that was weighed of it
  for (auto s = first; s != reach; ++s) {
    low = std::min(low, s->kg_per_m);
    high = std::max(high, s->kg_per_m);
    end = end || (s != first && s->after_gap) || (s == stretches.begin() && s->after_gap);
  }
  const double mean = weighted / mass;
  return LoadAt{mean, std::hypot(0.15 * (high - low), kScaleError * mean), high, end};
}

double filled_share(const material::Observation& observation, const material::FrameReading& frame,
                    const BeltLoad& load) {
  double tonnes = 0, kg_per_m = 0;
  for (const auto& interval : observation.intervals) {
    tonnes += interval.tonnes.mass().value;
    if (const auto at = load.at(interval)) kg_per_m = std::max(kg_per_m, at->full_kg_per_m);
  }
  const double length_m = frame.height_px * frame.mm_per_px / 1000;
  if (!(kg_per_m > 0) || !(length_m > 0)) return 1;
  return tonnes * 1000 / (kg_per_m * length_m);
}

}  // namespace beltwarden::inspect
