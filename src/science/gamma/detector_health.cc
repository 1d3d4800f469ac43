#include "science/gamma/detector_health.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::gamma {
namespace {
constexpr int kEqualRates = 5;                           // repeats, after which a detector is stuck
constexpr double kDead_s = 2, kNoisy_s = 10, kFine_s = 2;
constexpr int kLeastReadings = 3, kFineReadings = 5;
constexpr double kLeastHealthCounts = 30;
constexpr double kUsual_s = 60;                          // memory of a detector's own rate
constexpr double kOfFellows = 0.05, kOfUsual = 0.25, kTimesFellows = 3;
constexpr double kNoiseReachKev = 25;

double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}
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

bool electronic_excess(std::span<const double> counts, std::span<const double> expected, std::span<const double> edges) {
  if (counts.empty() || counts.size() != expected.size() || edges.size() != counts.size() + 1) return false;
  double low = 0, all = 0;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    const double over = counts[b] - expected[b];
    all += over;
    if ((edges[b] + edges[b + 1]) / 2 < edges[0] + kNoiseReachKev) low += over;
  }
  return all > 0 && low > 0.5 * all;
}

std::vector<DetectorHealth::Change> DetectorHealth::observe(const DetectorCounts& reading) {
  std::vector<Change> changes;
  const auto cps = reading.cps;
  const double live_s = reading.live_s, real_s = std::max(reading.real_s, 1e-3);
  if (detectors_.size() != cps.size()) detectors_.assign(cps.size(), State{});
  for (std::size_t d = 0; d < cps.size(); ++d) {
    State& s = detectors_[d];
    std::vector<double> others;
    for (std::size_t o = 0; o < cps.size(); ++o) {
      if (o != d && detectors_[o].fault == DetectorFault::kNone) others.push_back(cps[o]);
    }
    const double fellows = median(others);
    const bool compared = fellows * live_s >= kLeastHealthCounts;
    const bool same = cps[d] == s.last_cps && cps[d] * live_s >= kLeastHealthCounts;
    // Beside a source that lies at one detector the others seem to count little: they count no less than ever.
    const bool low = others.empty() ? cps[d] <= 0
                                    : compared && cps[d] < kOfFellows * fellows && (s.usual_cps < 0 || cps[d] < kOfUsual * s.usual_cps);
    const bool high = compared && cps[d] > kTimesFellows * fellows && (reading.electronic || s.fault == DetectorFault::kNoisy);
    s.last_cps = cps[d];
    s.same.go_on(same, real_s);
    s.low.go_on(low, real_s);
    s.high.go_on(high, real_s);
    s.fine.go_on(!same && !low && !high, real_s);
    if (!same && !low && !high) s.usual_cps = s.usual_cps < 0 ? cps[d] : s.usual_cps + (cps[d] - s.usual_cps) * std::min(1.0, real_s / kUsual_s);

    DetectorFault now = s.fault;
    int back = 0;
    if (s.same.readings >= kEqualRates) {
      now = DetectorFault::kStuck, back = s.same.readings;
    } else if (s.low.lasts(kLeastReadings, kDead_s)) {
      now = DetectorFault::kDead, back = s.low.readings - 1;
    } else if (s.high.lasts(kLeastReadings, kNoisy_s)) {
      now = DetectorFault::kNoisy, back = s.high.readings - 1;
    } else if (s.fault != DetectorFault::kNone && s.fine.lasts(kFineReadings, kFine_s)) {
      now = DetectorFault::kNone, back = s.fine.readings - 1;
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
    if (s.fault != DetectorFault::kNone) return s.fine.readings > 0;
    // Three equal rates of 75 counts come once in a thousand readings, five once in a million.
    return s.same.readings >= kEqualRates - 1 || s.low.readings > 0 || s.high.readings > 0;
  });
}

}  // namespace beltwarden::gamma
