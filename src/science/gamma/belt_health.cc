#include "science/gamma/belt_health.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace beltwarden::gamma {
namespace {

constexpr double kLeastCounts = 30;        // of an interval, below which equal spectra say nothing
constexpr int kRepeats = 2;                // three equal spectra
constexpr double kDispersionMemory_s = 15;
constexpr double kThinDeviations = 6;
constexpr double kStepWindow_s = 2.4;
constexpr double kLeastStep = 0.13;        // of the rate: one detector of seven
constexpr double kStepDeviations = 8;
constexpr double kLowShare = 0.10;         // of the counts, lowest energies
constexpr double kNoisyRatio = 1.2;
constexpr double kNoisyAfter_s = 8;
constexpr double kKnown = 0.05;            // relative uncertainty of what is expected
constexpr double kCalm_s = 5;

}  // namespace

BeltHealth::BeltHealth(const DispersionRange& usual) : usual_(usual) {
  stuck_.fault.what = "stuck";
  dead_.fault.what = "dead";
  noisy_watch_.fault.what = "noisy";
}

void BeltHealth::raise(Watch& watch, double from_s, double now_s, Verdict& verdict) {
  watch.last_bad_s = now_s;
  if (watch.open) return;
  watch.open = true;
  watch.fault.start_s = from_s;
  watch.fault.over = false;
  verdict.faults.push_back(watch.fault);
  verdict.faults.back().end_s = now_s;
}

void BeltHealth::settle(Watch& watch, double now_s, double calm_s, Verdict& verdict) {
  if (!watch.open || now_s - watch.last_bad_s < calm_s) return;
  watch.open = false;
  watch.fault.end_s = watch.last_bad_s;
  watch.fault.over = true;
  verdict.faults.push_back(watch.fault);
}

BeltHealth::Verdict BeltHealth::observe(double time, double live, std::span<const double> counts,
                                        std::span<const double> expected, double expected_sd) {
  Verdict verdict;
  const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double mean = std::accumulate(expected.begin(), expected.end(), 0.0);
  const bool equal = sum >= kLeastCounts && last_counts_.size() == counts.size() &&
                     std::equal(counts.begin(), counts.end(), last_counts_.begin());
  if (!equal) repeat_from_s_ = time;
  repeats_ = equal ? repeats_ + 1 : 0;
  last_counts_.assign(counts.begin(), counts.end());
  if (repeats_ >= 1) verdict.sound = false;
  if (repeats_ >= kRepeats) raise(stuck_, repeat_from_s_, time + live, verdict);

  const bool silent = mean > 20 && sum < 0.02 * mean;
  if (silent) {
    verdict.sound = false;
    raise(dead_, time, time + live, verdict);
  }
  if (!verdict.sound) {
    settle(noisy_watch_, time, kCalm_s, verdict);
    return verdict;
  }

  // Do counts scatter as counts do? Bins with one count or more expected; their residuals are nearly independent.
  double square = 0, bins = 0;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    if (expected[b] < 1) continue;
    square += (counts[b] - expected[b]) * (counts[b] - expected[b]) / expected[b];
    bins += 1;
  }
  if (bins >= 8) {
    const double keep = std::exp(-live / kDispersionMemory_s);
    dispersion_ = (dispersion_ * dispersion_weight_ * keep + square) / (dispersion_weight_ * keep + bins);
    dispersion_weight_ = dispersion_weight_ * keep + bins;
    const double sd = std::hypot(usual_.sd, std::sqrt(2.5 / std::max(dispersion_weight_, 1.0)));
    const bool ripe = dispersion_weight_ > 0.6 * bins * kDispersionMemory_s / std::max(live, 1e-3);
    const bool thin = ripe && dispersion_ < usual_.usual - kThinDeviations * sd;
    if (!thin) thin_from_s_ = time;
    thin_ = thin ? thin_ + 1 : 0;
    if (time - thin_from_s_ > 3) raise(stuck_, std::max(0.0, thin_from_s_ - 0.7 * kDispersionMemory_s), time, verdict);
  }

  // A step of the whole rate with the shape it had.
  Recent now{time, sum, mean, 0, 0};
  double from_below = 0;
  for (std::size_t b = 0; b < counts.size() && from_below < kLowShare * mean; ++b) {
    from_below += expected[b];
    now.low_observed += counts[b];
    now.low_expected += expected[b];
  }
  recent_.push_back(now);
  std::erase_if(recent_, [&](const Recent& r) { return r.time_s < time - 2 * kStepWindow_s; });
  Recent late{}, early{}, newest{};
  int late_n = 0, early_n = 0;
  double step_from = time;
  for (const Recent& r : recent_) {
    Recent& to = r.time_s > time - kStepWindow_s ? late : early;
    ++(&to == &late ? late_n : early_n);
    if (&to == &late) step_from = std::min(step_from, r.time_s);
    to.observed += r.observed, to.expected += r.expected;
    to.low_observed += r.low_observed, to.low_expected += r.low_expected;
    if (r.time_s > time - kStepWindow_s / 2) newest.observed += r.observed, newest.expected += r.expected;
  }
  if (early.expected > 100 && late.expected > 100 && expected_sd < kKnown) {
    const double ratio = late.observed / late.expected, before = early.observed / early.expected;
    const double error = std::hypot(std::sqrt(1 / late.expected + 1 / early.expected), expected_sd);
    const double low = late.low_observed / std::max(late.low_expected, 1.0);
    const double high = (late.observed - late.low_observed) / std::max(late.expected - late.low_expected, 1.0);
    const bool same_shape = std::abs(low / high - 1) < 4 * std::sqrt(1 / std::max(late.low_expected, 1.0)) + 0.03;
    // Both windows lie clear of the step when the newer half of the late one agrees with the older.
    const double newer = newest.observed / std::max(newest.expected, 1.0);
    // A load that changes at the same time may itself be wrong.
    const bool same_load = std::abs(late.expected / late_n / (early.expected / early_n) - 1) < 0.08;
    const bool steady = same_load && std::abs(newer - ratio) < 3 * std::sqrt(1 / std::max(newest.expected, 1.0)) + 0.01;
    const bool fell = steady && ratio < before * (1 - kLeastStep) && before - ratio > kStepDeviations * error && same_shape;
    const bool rose = steady && level_ < 1 && ratio > before * (1 + kLeastStep) && ratio - before > kStepDeviations * error &&
                      same_shape && ratio * level_ < 1.15;
    if (fell || rose) {
      verdict.step = ratio;
      level_ = std::min(1.0, level_ * ratio);
      if (level_ > 0.93) level_ = 1;
      recent_.clear();
      if (fell) raise(dead_, step_from, time, verdict);
    }
    const bool noise = low > kNoisyRatio && (low - 1) * std::sqrt(late.low_expected) > 8 && low / high > 1.15 &&
                       high < 1.1;
    if (noise && noisy_ == 0) noisy_from_s_ = step_from;
    noisy_ = noise ? noisy_ + 1 : 0;
    if (noise && time - noisy_from_s_ > kNoisyAfter_s) raise(noisy_watch_, noisy_from_s_, time, verdict);
  }
  if (level_ < 1) {
    dead_.last_bad_s = time;
  }
  settle(stuck_, time, kCalm_s, verdict);
  settle(dead_, time, 1, verdict);
  settle(noisy_watch_, time, kCalm_s, verdict);
  if (noisy_watch_.open) verdict.sound = false;
  return verdict;
}

std::vector<HealthFault> BeltHealth::finish() {
  std::vector<HealthFault> faults;
  for (Watch* watch : {&stuck_, &dead_, &noisy_watch_}) {
    if (!watch->open) continue;
    watch->open = false;
    watch->fault.end_s = watch->last_bad_s;
    watch->fault.over = true;
    faults.push_back(watch->fault);
  }
  return faults;
}

bool BeltHealth::sick() const { return stuck_.open || dead_.open || noisy_watch_.open; }

}  // namespace beltwarden::gamma
