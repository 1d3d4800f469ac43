#include "control/line_live.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::control {
namespace {
// Readings farther apart than this leave a hole in what is known of the belt.
constexpr double kLongestStepSeconds = 30;
}  // namespace

void LineLive::take(const material::Observation& observation, const material::BeltReading& belt) {
  const double step_s = last_ ? (observation.time - *last_).seconds() : 0;
  if (last_ && step_s < 0) return;
  const double before_m = travel_m_;
  if (step_s > kLongestStepSeconds) stretches_.clear();
  travel_m_ += speed_mps_ * std::min(step_s, kLongestStepSeconds);
  last_ = observation.time;
  speed_mps_ = belt.speed_mps;
  load_kg_per_m_ = belt.speed_mps > 0.01 ? belt.rate_tph / 3.6 / belt.speed_mps : load_kg_per_m_;

  double total_t = 0;
  for (const auto& interval : observation.intervals) total_t += std::max(interval.tonnes.mass().value, 0.0);
  double begin_m = before_m;
  for (const auto& interval : observation.intervals) {
    if (interval.tonnes.empty()) continue;
    const double end_m = begin_m + (travel_m_ - before_m) * interval.tonnes.mass().value / total_t;
    const bool joins = !stretches_.empty() && stretches_.back().lot == interval.lot &&
                       std::abs(stretches_.back().tonnes.to.value - interval.tonnes.from.value) < 0.01;
    // Long stretches are cut so that a change of load does not move what lies far downstream.
    if (joins && stretches_.back().end_m - stretches_.back().begin_m < 2) {
      stretches_.back().tonnes.to = interval.tonnes.to;
      stretches_.back().end_m = end_m;
    } else {
      stretches_.push_back({interval.lot, interval.tonnes, begin_m, end_m});
    }
    begin_m = end_m;
  }
  while (!stretches_.empty() && travel_m_ - stretches_.front().end_m > belt_end_m_) stretches_.pop_front();
}

std::vector<SegmentView> LineLive::segments() const {
  std::vector<SegmentView> segments;
  for (auto at = stretches_.rbegin(); at != stretches_.rend(); ++at) {
    const double from_m = travel_m_ - at->end_m, to_m = std::min(travel_m_ - at->begin_m, belt_end_m_);
    if (!segments.empty() && segments.back().lot == at->lot &&
        std::abs(segments.back().tonnes.from.value - at->tonnes.to.value) < 0.01) {
      segments.back().to_m = to_m;
      segments.back().tonnes.from = at->tonnes.from;
    } else {
      segments.push_back({at->lot, from_m, to_m, at->tonnes});
    }
  }
  return segments;
}

Position LineLive::position(const LotId& lot, TonneInterval tonnes) const {
  for (const auto& stretch : stretches_) {
    if (stretch.lot != lot || !(stretch.tonnes.from < tonnes.to) || !(tonnes.from < stretch.tonnes.to)) continue;
    // Its leading end is its lowest tonne mark.
    const double mark = std::max(tonnes.from, stretch.tonnes.from).value;
    const double mass = stretch.tonnes.mass().value;
    const double share = mass > 0 ? (mark - stretch.tonnes.from.value) / mass : 0;
    const double distance = travel_m_ - (stretch.begin_m + share * (stretch.end_m - stretch.begin_m));
    if (distance > belt_end_m_) continue;
    Position position{true, distance, std::nullopt};
    if (speed_mps_ > 0.01) position.seconds_to_leave = (belt_end_m_ - distance) / speed_mps_;
    return position;
  }
  return {};
}

}  // namespace beltwarden::control
