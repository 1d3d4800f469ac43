// What the belt monitor makes of a detector's fault: what it adds or takes away is expected from then on.
#include <algorithm>
#include <cmath>

#include "science/gamma/belt_monitor_state.h"

namespace beltwarden::gamma {
namespace {

constexpr double kOwnSd = 0.25;             // of what a faulty detector adds, relative, when it is found
constexpr double kSettle_s = 3;              // after a detector's fault was found or over, without alarms

}  // namespace

void BeltMonitor::State::expect_frozen(double share, const Held& now) {
  std::vector<double> own(now.counts.size()), sd(now.counts.size());
  for (std::size_t b = 0; b < own.size(); ++b) {
    const double counts = share * now.expected[b];
    own[b] = counts / now.live;
    sd[b] = std::sqrt(counts + std::pow(kOwnSd * counts, 2)) / now.live;
  }
  frozen = share;
  tracker.rescale(1 - share);
  tracker.begin_own(kFrozenOwn, own, sd);
}

// A frozen detector counts the same whatever comes, the others what is left; noise comes on top of all.
void BeltMonitor::State::meet_faults(const BeltHealth::Verdict& verdict, const Held& now) {
  if (!(now.live > 0)) return;
  std::vector<double> sd(now.counts.size());
  if (verdict.frozen > 0) expect_frozen(verdict.frozen, now);
  if (!verdict.noise_cps.empty()) {
    for (std::size_t b = 0; b < sd.size(); ++b) sd[b] = kOwnSd * verdict.noise_cps[b] + std::sqrt(now.expected[b] / now.live / 6);
    tracker.begin_own(kNoiseOwn, verdict.noise_cps, sd);
  }
  if (verdict.noise_over) tracker.end_own(kNoiseOwn);
  if (verdict.thawed) {
    tracker.end_own(kFrozenOwn);
    tracker.rescale(1 / (1 - frozen));
    frozen = 0;
  }
  // What lies in the windows was expected otherwise.
  if (verdict.frozen > 0 || verdict.thawed || !verdict.noise_cps.empty() || verdict.noise_over) {
    clear_windows();
    for (Held& one : held) one.trust = false;
    settled_s = now.time + kSettle_s;
  }
}

void BeltMonitor::detectors_changed(double at_random) {
  State& s = *state_;
  const double stuck = std::clamp(1 - at_random, 0.0, 0.9);
  if (s.frozen > 0) {
    s.tracker.end_own(kFrozenOwn);
    s.tracker.rescale(1 / (1 - s.frozen));
  }
  s.frozen = 0;
  s.tracker.unsettle_all();
  if (stuck > 0 && !s.held.empty() && s.held.back().live > 0) s.expect_frozen(stuck, s.held.back());
  s.clear_windows();
  // What was held is of the other detectors: it teaches nothing.
  for (auto& one : s.held) one.trust = false;
  for (auto& [number, ore] : s.ores) ore.known.unsettle();
  s.begun = std::max(s.begun, s.last_time - kCaution_s / 2);
  DispersionRange dispersion = s.model.dispersion;
  dispersion.usual *= 1 - stuck;
  s.health = BeltHealth(dispersion);
}

}  // namespace beltwarden::gamma
