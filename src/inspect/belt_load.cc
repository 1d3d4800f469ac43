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
  speed_mps_ = belt->speed_mps;
  if (belt->speed_mps < kSlowest_mps || !(belt->rate_tph >= 0)) return;
  const double load = belt->rate_tph / 3.6 / belt->speed_mps;
  for (const auto& interval : observation.intervals) {
    auto& lot = lots_[interval.lot];
    lot.push_back({interval.tonnes.to.value, load});
    if (lot.size() > kStretchesKept) lot.pop_front();
  }
  if (lots_.size() > 16) {
    // Ships have few lots; whatever has not been weighed for longest goes.
    lots_.erase(std::min_element(lots_.begin(), lots_.end(), [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); }));
  }
}

std::optional<LoadAt> BeltLoad::at(const material::LotInterval& where) const {
  const auto lot = lots_.find(where.lot);
  if (lot == lots_.end() || lot->second.empty()) return std::nullopt;
  const auto& stretches = lot->second;
  auto it = std::lower_bound(stretches.begin(), stretches.end(), where.tonnes.from.value,
                             [](const Stretch& s, double mark) { return s.to_t <= mark; });
  if (it == stretches.end()) return std::nullopt;
  double low = it->kg_per_m, high = low, weighted = 0, mass = 0, from = where.tonnes.from.value;
  for (; it != stretches.end(); ++it) {
    const double to = std::min(it->to_t, where.tonnes.to.value);
    const double part = std::max(to - from, 1e-9);
    weighted += part * it->kg_per_m;
    mass += part;
    low = std::min(low, it->kg_per_m);
    high = std::max(high, it->kg_per_m);
    from = it->to_t;
    if (it->to_t >= where.tonnes.to.value) break;
  }
  const double mean = weighted / mass;
  return LoadAt{mean, std::hypot(0.3 * (high - low), kScaleError * mean)};
}

}  // namespace beltwarden::inspect
