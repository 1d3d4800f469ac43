#include "science/gamma/belt_health.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace beltwarden::gamma {
namespace {

constexpr double kLeastCounts = 30;        // of an interval, below which equal spectra say nothing
constexpr int kRepeats = 2;                // three equal spectra
constexpr double kScatterMemory_s = 15;
constexpr double kThinDeviations = 6;      // of the scatter's memory
constexpr double kLeastThinner = 0.12;     // half of what one detector of four takes off the scatter
constexpr double kFrozenSum = 16, kDoubtSum = 5, kThawedSum = 14, kDoubtThawSum = 3.5;
constexpr std::size_t kNear = 2;           // bins to either side
constexpr double kClearly = 2.5;           // deviations
constexpr double kLeastFrozen = 0.08, kMostFrozen = 0.9;
constexpr double kPairVariance = 3;        // of a squared difference over its mean, neighbours' common interval counted
constexpr double kLowWindow_s = 1.2;
constexpr double kLowShare = 0.10;         // of the counts, lowest energies
constexpr double kNoisyRatio = 1.2, kNoisyDeviations = 8;
constexpr double kGrossContrast = 1.8;     // of the lowest energies to the others
constexpr double kNoiseGap_s = 1;
constexpr double kNoisyAfter_s = 6;            // a strong source of low energies takes up to 5.4
constexpr double kKnown = 0.05;            // relative uncertainty of what is expected
constexpr double kMostGain = 0.07;         // off the scale that the model was learnt with
constexpr double kDriftAfter_s = 20;
constexpr double kBare_s = 2.4, kLeastFall = 0.12, kBareMemory_s = 420;   // of looks at the bare belt
constexpr double kCalm_s = 5, kQuiet_s = 1;    // after which a fault is over: in general, noise

}  // namespace

void BeltHealth::Memory::add(double sum, double n, double seconds) {
  const double keep = std::exp(-seconds / memory_s);
  weight *= keep;
  value = (value * weight + sum) / (weight + n);
  weight += n;
}

BeltHealth::BeltHealth(const DispersionRange& usual) : usual_(usual) {
  slow_.memory_s = kScatterMemory_s;
  stuck_.fault.what = "stuck";
  dead_.fault.what = "dead";
  noisy_watch_.fault.what = "noisy";
  drift_watch_.fault.what = "drift";
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
                                        const HealthExpectation& expected) {
  Verdict verdict;
  const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double mean = std::accumulate(expected.counts.begin(), expected.counts.end(), 0.0);
  const bool equal = sum >= kLeastCounts && last_counts_.size() == counts.size() &&
                     std::equal(counts.begin(), counts.end(), last_counts_.begin());
  if (!equal) repeat_from_s_ = time;
  repeats_ = equal ? repeats_ + 1 : 0;
  const bool silent = !(live > 0) || (mean > 20 && sum < 0.02 * mean);
  verdict.sound = !equal && !silent;
  if (repeats_ >= kRepeats) raise(stuck_, repeat_from_s_, time + live, verdict);
  if (silent) raise(dead_, time, time + live, verdict);
  if (verdict.sound) {
    watch_scatter(time, live, counts, expected.counts, expected.frozen, verdict);
    const bool was_noisy = noisy_watch_.open;
    watch_noise(time, live, counts, expected, verdict);
    // What noise or a frozen detector brings and takes away is no detector lost.
    if (was_noisy != noisy_watch_.open || (noisy_watch_.open && noise_off_) || verdict.frozen > 0 || verdict.doubtful) step_.clear();
    if (const auto step = step_.observe(time, counts, expected.counts, expected.parts, expected.relative_sd, expected.passage_s)) {
      if (step->factor < 1) {
        verdict.step = step->factor;
        level_ *= step->factor;
        raise(dead_, step->from_s, time, verdict);
      } else if (level_ < 1 && step->factor * level_ < 1.15) {
        verdict.step = step->factor;
        level_ = std::min(1.0, level_ * step->factor);
        if (level_ > 0.93) level_ = 1;
      }
    }
    verdict.undecided = step_.undecided();
    if (verdict.undecided && time - fell_s_ > kBareMemory_s) fell_s_ = time;
    watch_bare(time, live, counts, expected.bare && !adds_own(), verdict);
  } else {
    step_.clear();
    bare_.reset();
  }
  last_counts_.assign(counts.begin(), counts.end());
  last_expected_.assign(expected.counts.begin(), expected.counts.end());
  if (level_ < 1) dead_.last_bad_s = time;

  const bool away = expected.gain_good && std::abs(expected.gain - 1) > kMostGain;
  if (away && !drifting_) drift_from_s_ = time;
  drifting_ = away;
  if (away && time - drift_from_s_ > kDriftAfter_s) raise(drift_watch_, drift_from_s_, time, verdict);

  settle(stuck_, time, part_stuck_ ? 0.01 : kCalm_s, verdict);
  if (part_stuck_ && !stuck_.open) part_stuck_ = false, verdict.thawed = true, thin_ = slow_.weight = 0;
  settle(dead_, time, 1, verdict);
  const bool was_noisy = noisy_watch_.open;
  settle(noisy_watch_, time, kQuiet_s, verdict);
  verdict.noise_over = was_noisy && !noisy_watch_.open;
  // Neither what noise adds nor that it has gone is a source.
  if (noisy_watch_.open && noise_off_) verdict.doubtful = true;
  settle(drift_watch_, time, kDriftAfter_s, verdict);
  return verdict;
}

// Do counts scatter from one interval to the next as counts do? Against each other, not against what is expected: a
// frozen part of them lies off that by as much as it scatters less.
void BeltHealth::watch_scatter(double time, double live, std::span<const double> counts, std::span<const double> expected,
                               std::span<const double> own, Verdict& verdict) {
  if (last_counts_.size() != counts.size() || last_expected_.size() != counts.size()) return;
  // The level is what is counted: what is expected of an ore that has just come may be wrong.
  // Taken above the lowest energies, which noise may fill: what it adds there would make all else seem too calm.
  const double all = std::accumulate(expected.begin(), expected.end(), 0.0);
  std::size_t low = 0;
  for (double sum = 0; low + 1 < expected.size() && sum < kLowShare * all; ++low) sum += expected[low];
  const auto from_low = [low](auto& values) { return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(low), values.end(), 1e-9); };
  const double now = from_low(counts), before = from_low(last_counts_), now_meant = from_low(expected), before_meant = from_low(last_expected_);
  const double level = (now + before) / (now_meant + before_meant);
  // What a frozen detector repeats does not scatter.
  const bool beside = part_stuck_ && own.size() == counts.size();
  double square = 0, bins = 0, repeated = 0;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    double pair = level * (expected[b] + last_expected_[b]);
    if (beside) {
      repeated += 2 * own[b];
      pair = std::max(pair - 2 * own[b], 0.2 * pair);
    }
    if (pair < 2) continue;
    // A source that passes scatters by what it adds, which neighbouring bins tell as well.
    double near = 0, near_meant = 0;
    for (std::size_t k = b < kNear ? 0 : b - kNear; k < std::min(counts.size(), b + kNear + 1); ++k)
      near += counts[k] + last_counts_[k], near_meant += level * (expected[k] + last_expected_[k]);
    if (near > near_meant + kClearly * std::sqrt(near_meant)) pair *= near / near_meant;
    const double off = counts[b] - last_counts_[b] - level * (expected[b] - last_expected_[b]);
    square += off * off / pair;
    bins += 1;
  }
  if (bins < 8) return;
  slow_.add(square, bins, live);
  // Sums of what the scatter is below the healthy, and above the frozen one (Page, Biometrika 41, 1954), in standard
  // deviations of an interval's value.
  const double value = square / bins, sd = std::sqrt(kPairVariance / bins);
  if (!part_stuck_) {
    thin_ += (usual_.usual - value - kLeastThinner) / sd;
    if (!(thin_ > 0)) thin_ = 0, thin_n_ = thin_sum_ = 0, thin_from_s_ = time;
    thin_n_ += 1, thin_sum_ += value;
    const double slow_sd = std::max(usual_.sd, std::sqrt(kPairVariance / std::max(slow_.weight, 1.0)));
    const bool ripe = slow_.weight > 0.6 * bins * kScatterMemory_s / std::max(live, 1e-3);
    const bool slowly = ripe && usual_.usual - slow_.value > kThinDeviations * slow_sd;
    verdict.doubtful = thin_ > kDoubtSum;
    if (thin_ > kFrozenSum || slowly) {
      const double now_value = thin_ > kFrozenSum ? thin_sum_ / thin_n_ : slow_.value;
      verdict.frozen = std::clamp(1 - now_value / usual_.usual, kLeastFrozen, kMostFrozen);
      part_stuck_ = true;
      thick_ = 0;
      raise(stuck_, thin_ > kFrozenSum ? thin_from_s_ : time - kScatterMemory_s, time, verdict);
    }
  } else {
    // Of detectors that all count again it scatters more than that, by the part that was taken for repeated.
    const double share = std::clamp(repeated / std::max(2 * all, 1.0), kLeastFrozen, kMostFrozen);
    thick_ = std::max(0.0, thick_ + (value - usual_.usual * (1 + 0.5 * share / (1 - share))) / sd);
    verdict.doubtful = thick_ > kDoubtThawSum;
    if (thick_ < kThawedSum) stuck_.last_bad_s = time;
  }
}

// Rain lifts the level of the bare belt within minutes and lets it sink over an hour: what falls by an eighth within minutes is
// no rain, and what rises by as much is one only where nothing had fallen before.
void BeltHealth::watch_bare(double time, double live, std::span<const double> counts, bool bare, Verdict& verdict) {
  if (!bare) {
    if (bare_ && bare_->live_s > kBare_s) bare_before_ = bare_;
    bare_.reset();
    return;
  }
  if (!bare_) bare_ = Bare{.from_s = time};
  bare_->counts += std::accumulate(counts.begin(), counts.end(), 0.0);
  bare_->live_s += live;
  if (bare_->told || !(bare_->live_s > kBare_s) || !bare_before_ || time - bare_before_->from_s > kBareMemory_s) return;
  bare_->told = true;
  const double ratio = bare_->rate() / std::max(bare_before_->rate(), 1e-3);
  const double error = std::sqrt(1 / std::max(bare_->counts, 1.0) + 1 / std::max(bare_before_->counts, 1.0));
  if (level_ == 1 && ratio < 1 - kLeastFall - 2 * error && ratio > 0.3) {
    level_ = ratio;
    verdict.other_level = true;
    raise(dead_, fell_s_ > bare_before_->from_s ? fell_s_ : bare_->from_s, time, verdict);
  } else if (level_ < 1 && ratio > 1 + 0.5 * (1 / level_ - 1)) {
    level_ = 1;
    verdict.other_level = true;
  }
}

void BeltHealth::watch_noise(double time, double live, std::span<const double> counts, const HealthExpectation& expected, Verdict& verdict) {
  Low now{time, 0, 0, 0, 0, 0};
  const double mean = std::accumulate(expected.counts.begin(), expected.counts.end(), 0.0);
  for (std::size_t b = 0; b < counts.size(); ++b) {
    if (now.low_expected < kLowShare * mean) {
      now.low_observed += counts[b], now.low_expected += expected.counts[b];
      if (!expected.noise.empty()) now.low_own += expected.noise[b];
    }
    now.observed += counts[b], now.expected += expected.counts[b];
  }
  low_.push_back(now);
  while (low_.front().time_s < time - kLowWindow_s) low_.pop_front();
  Low late{};
  for (const Low& l : low_) {
    late.observed += l.observed, late.expected += l.expected;
    late.low_observed += l.low_observed, late.low_expected += l.low_expected;
    late.low_own += l.low_own;
  }
  if (noisy_watch_.open) {
    // What it adds is expected by now: it lasts as long as that still comes.
    noise_off_ = late.low_observed - (late.low_expected - late.low_own) < 0.5 * late.low_own;
    if (!noise_off_) noisy_watch_.last_bad_s = time;
    noisy_ = false;
    return;
  }
  const double low = late.low_observed / std::max(late.low_expected, 1.0);
  const double high = (late.observed - late.low_observed) / std::max(late.expected - late.low_expected, 1.0);
  // A source may pass meanwhile, and what to expect may have become unsure by the noise itself: then by the contrast alone.
  const bool clear = (expected.relative_sd < kKnown && high < 1.1) || low > kGrossContrast * high;
  const bool noise = late.expected > 100 && clear && low > kNoisyRatio && low / high > 1.15 &&
                     (low - 1) * std::sqrt(late.low_expected) > kNoisyDeviations;
  if (noise && !noisy_) {
    noisy_from_s_ = low_.front().time_s;
    excess_.assign(counts.size(), 0.0);
    excess_s_ = 0;
  }
  if (noise) noise_seen_s_ = time;
  // A moment in which it is not so clear does not begin the count anew.
  noisy_ = noise || (noisy_ && time - noise_seen_s_ <= kNoiseGap_s);
  if (!noisy_) return;
  for (std::size_t b = 0; b < counts.size(); ++b) excess_[b] += counts[b] - expected.counts[b];
  excess_s_ += live;
  if (time - noisy_from_s_ <= kNoisyAfter_s) return;
  for (const double e : excess_) verdict.noise_cps.push_back(std::max(e, 0.0) / excess_s_);
  noise_off_ = false;
  raise(noisy_watch_, noisy_from_s_, time, verdict);
}

std::vector<HealthFault> BeltHealth::finish() {
  std::vector<HealthFault> faults;
  for (Watch* watch : {&stuck_, &dead_, &noisy_watch_, &drift_watch_}) {
    if (!watch->open) continue;
    watch->open = false;
    watch->fault.end_s = watch->last_bad_s;
    watch->fault.over = true;
    faults.push_back(watch->fault);
  }
  return faults;
}

bool BeltHealth::adds_own() const { return stuck_.open || noisy_watch_.open; }

bool BeltHealth::sick() const { return stuck_.open || dead_.open || noisy_watch_.open || drift_watch_.open; }

}  // namespace beltwarden::gamma
