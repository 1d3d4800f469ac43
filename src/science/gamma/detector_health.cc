#include "science/gamma/detector_health.h"

#include <algorithm>

namespace beltwarden::gamma {
namespace {
constexpr int kStuckRepeats = 5;  // six equal readings
constexpr int kDeadReadings = 5;
constexpr int kNoisyReadings = 10;
constexpr int kFineReadings = 5;
constexpr double kLeastHealthCounts = 30;
}  // namespace

std::string_view name_of(DetectorFault fault) {
  switch (fault) {
    case DetectorFault::kStuck: return "stuck";
    case DetectorFault::kDead: return "dead";
    case DetectorFault::kNoisy: return "noisy";
    case DetectorFault::kNone: break;
  }
  return "none";
}

std::vector<DetectorHealth::Change> DetectorHealth::observe(std::span<const double> cps, double live_s) {
  std::vector<Change> changes;
  if (detectors_.size() != cps.size()) detectors_.assign(cps.size(), State{});
  for (std::size_t d = 0; d < cps.size(); ++d) {
    State& s = detectors_[d];
    std::vector<double> others;
    for (std::size_t o = 0; o < cps.size(); ++o) {
      if (o != d && detectors_[o].fault == DetectorFault::kNone) others.push_back(cps[o]);
    }
    double fellows = 0;
    if (!others.empty()) {
      std::nth_element(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2), others.end());
      fellows = others[others.size() / 2];
    }
    const bool same = cps[d] == s.last_cps && cps[d] * live_s >= kLeastHealthCounts;
    const bool low = others.empty() ? cps[d] <= 0 : fellows * live_s >= kLeastHealthCounts && cps[d] < 0.05 * fellows;
    const bool high = !others.empty() && fellows * live_s >= kLeastHealthCounts && cps[d] > 3 * fellows;
    s.last_cps = cps[d];
    s.same = same ? s.same + 1 : 0;
    s.low = low ? s.low + 1 : 0;
    s.high = high ? s.high + 1 : 0;
    s.fine = same || low || high ? 0 : s.fine + 1;

    DetectorFault now = s.fault;
    int back = 0;
    if (s.same >= kStuckRepeats) {
      now = DetectorFault::kStuck, back = s.same;
    } else if (s.low >= kDeadReadings) {
      now = DetectorFault::kDead, back = s.low - 1;
    } else if (s.high >= kNoisyReadings) {
      now = DetectorFault::kNoisy, back = s.high - 1;
    } else if (s.fault != DetectorFault::kNone && s.fine >= kFineReadings) {
      now = DetectorFault::kNone, back = s.fine - 1;
    }
    if (now != s.fault) changes.push_back({d, s.fault, now, back});
    s.fault = now;
  }
  return changes;
}

bool DetectorHealth::any_fault() const { return faulty() > 0; }

std::size_t DetectorHealth::faulty() const {
  return static_cast<std::size_t>(std::count_if(detectors_.begin(), detectors_.end(),
                                                [](const State& s) { return s.fault != DetectorFault::kNone; }));
}

double DetectorHealth::stuck_share() const {
  double stuck = 0, all = 0;
  for (const State& s : detectors_) {
    all += s.last_cps;
    if (s.fault == DetectorFault::kStuck) stuck += s.last_cps;
  }
  return all > 0 ? stuck / all : 0;
}

bool DetectorHealth::suspicious() const {
  return std::any_of(detectors_.begin(), detectors_.end(), [](const State& s) {
    return s.fault == DetectorFault::kNone ? s.same > 1 || s.low > 0 || s.high > 0 : s.fine > 0;
  });
}

}  // namespace beltwarden::gamma
