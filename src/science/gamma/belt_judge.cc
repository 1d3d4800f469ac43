#include <algorithm>
#include <cmath>
#include <numeric>

#include "science/gamma/belt_monitor_state.h"
#include "science/gamma/belt_windows.h"

namespace beltwarden::gamma {
namespace {

constexpr double kPlateau = 0.7;            // of the peak, that neither side of a passage may reach
constexpr double kRealShare = 0.5;          // of what a source adds, that its strongest interval must show,
constexpr double kRealDeviations = 4;       // within so many of its counts
constexpr double kBatchPart_s = 1.2;        // three such lengths must agree that the ore is another,
constexpr double kBatchDeviations = 2.5;    // each by so much
constexpr double kBatchChange = 0.3;        // of what an ore counts
constexpr double kGainDeviations = 0.8, kGainDeviationsAll = 3.2;   // of an energy scale: each length, all together
constexpr double kGainLevel = 0.15;         // of the counts, that a moved scale changes at most
constexpr double kGainCalm_s = 15;          // after a detector's fault
constexpr double kGainRun = 0.004;          // of an energy scale that runs away, in 0.6 s
constexpr double kWorthAsking = 3;          // deviations
constexpr double kPlainScore = 15, kPlainNoise = 0.5;   // over the threshold, and noise against a source's deviations: no artefact of a fault
constexpr double kExplained = 0.9;          // of a source's deviations, that a moved background may not reach

// Intervals that say something of a level: half a second and more, or one of the long ones of a slow instrument.
std::size_t least_length(double step) { return static_cast<std::size_t>(std::clamp(0.6 / step + 0.5, 1.0, 3.0)); }

// Deviations of the anomaly test: all energy bands that hold too much.
double anomaly_of(std::span<const Candidate> candidates, const WindowScores& scores) {
  double sum = 0;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    if (candidates[c].role == Candidate::Role::kBand) sum += std::pow(std::max(scores.z[c], 0.0), 2);
  }
  return std::sqrt(sum);
}

}  // namespace

double BeltMonitor::State::score_of(std::size_t test, double deviations) const {
  const std::size_t i = model_test[test];
  if (i == std::string::npos) return -1e9;
  return -std::log(std::max(model.tests[i].tail.rate_above(deviations), 1e-300) / model.tests[i].share);
}

// What is expected of the surroundings and of the ore's three series.
void BeltMonitor::State::split_expected() {
  const std::size_t n = prediction.counts.size();
  parts.assign(n * kParts, 0);
  for (std::size_t i = 0; i + 1 < kDirections; ++i) {
    double* const part = parts.data() + n * (i < kParts ? 0 : i - kParts + 1);
    for (std::size_t b = 0; b < n; ++b) part[b] += prediction.directions[i * n + b] * prediction.state[i];
  }
  for (const auto& own : prediction.own) {
    for (std::size_t b = 0; b < own.size(); ++b) parts[b] += own[b];
  }
}

// All windows around the interval `ahead` back.
BeltMonitor::State::Judged BeltMonitor::State::judge() {
  Judged judged;
  best.clear();
  if (held.size() <= ahead || tests.held() <= ahead) return judged;
  const Held& centre = held[held.size() - 1 - ahead];
  tracker.covariance(static_cast<double>(lag) * step, covariance);
  const auto amounts = tracker.amounts();
  best.assign(names.size(), -1e9);
  for (const double dwell : dwells(centre.speed)) {
    const Window window = passing_window(dwell, step, ahead, tests.held());
    if (window.profile.empty()) continue;
    tests.score(window.profile, window.ends_before, amounts, covariance, scores);
    double background = 0;
    std::size_t strongest = 0;
    for (std::size_t c = 0; c < scores.z.size(); ++c) {
      const Candidate& candidate = tests.candidates()[c];
      if (candidate.role == Candidate::Role::kBackground)
        background = std::max(background, candidate.nuclide == "gain" ? std::abs(scores.z[c]) : scores.z[c]);
      if (candidate.role == Candidate::Role::kSource && scores.z[c] > scores.z[strongest]) strongest = c;
    }
    for (const std::size_t c : noise_candidates) judged.noise = std::max(judged.noise, scores.z[c]);
    judged.any = true;
    const auto consider = [&](std::size_t test, std::size_t candidate, double deviations, double z) {
      const double score = score_of(test, deviations);
      // What a moved background explains as well is no source.
      if (background > kExplained * z && background > scores.z[candidate]) {
        judged.vetoed = std::max(judged.vetoed, score);
        return;
      }
      best[test] = std::max(best[test], deviations);
      // Far out all tails end: there the deviations decide.
      if (score < judged.score || (score == judged.score && deviations <= judged.deviations)) return;
      judged.score = score;
      judged.test = test, judged.candidate = candidate;
      judged.deviations = deviations;
      judged.cps = scores.cps[candidate];
      judged.dwell = dwell;
      judged.scores = scores;
    };
    for (std::size_t c = 0; c < scores.z.size(); ++c) {
      if (test_of[c] != std::string::npos) consider(test_of[c], c, scores.significance[c], scores.z[c]);
    }
    const double anomaly = anomaly_of(tests.candidates(), scores);
    consider(names.size() - 1, strongest, anomaly, anomaly);
  }
  return judged;
}

Silence BeltMonitor::State::silence_of(const Judged& judged) {
  if (!judged.any) return Silence::kNotJudged;
  const Held& centre = held[held.size() - 1 - ahead];
  if (!centre.trust) return Silence::kUntrusted;
  if (!centre.known) return Silence::kUnknown;
  // What a detector repeats that has just frozen looks like a weak source at most; noise is told from it by its own shape.
  const bool plain = judged.score > model.threshold + kPlainScore && judged.noise < kPlainNoise * judged.deviations && !model.tests.empty();
  if ((doubtful || centre.time < settled_s) && !plain) return Silence::kSettling;
  // A model that is being tuned has no tests yet: then every interval is asked what else speaks against it.
  const bool tuning = model.tests.empty();
  if (!tuning) {
    // What has been learnt in the first seconds is little.
    const double caution = std::max(kCaution * std::max(0.0, 1 - (centre.time - begun) / kCaution_s),
                                    kSickCaution * std::clamp(1 - (centre.time - sick_s) / kSickCaution_s, 0.0, 1.0));
    if (!(judged.score > model.threshold)) return judged.vetoed > model.threshold ? Silence::kVeto : Silence::kBelow;
    if (!(judged.score > model.threshold + caution)) return Silence::kCaution;
  } else if (judged.deviations < kWorthAsking) {
    return Silence::kNone;
  }
  if (phantom(judged)) return Silence::kPhantom;
  if (!tuning && stepped(judged)) return Silence::kStep;
  return plateau(judged) ? Silence::kPlateau : Silence::kNone;
}

// A source has passed when it has passed: an excess that was there before or stays is another ore.
bool BeltMonitor::State::plateau(const Judged& judged) {
  const auto amounts = tracker.amounts();
  tracker.covariance(static_cast<double>(lag) * step, covariance);
  const auto clear = static_cast<std::size_t>(std::ceil(judged.dwell / step));
  const auto reach = std::max<std::size_t>(2, static_cast<std::size_t>(std::ceil(std::max(1.0, judged.dwell) / step)));
  const auto side = [&](std::size_t ends_before, std::size_t length) {
    if (length < least_length(step) || tests.held() < ends_before + length) return false;
    const std::vector<double> flat(length, 1.0);
    tests.score(flat, ends_before, amounts, covariance, scores);
    return scores.cps[judged.candidate] > kPlateau * judged.cps;
  };
  const std::size_t after = ahead > clear ? ahead - clear : 0;
  return side(0, std::min(after, reach)) || side(ahead + 1 + clear, reach);
}

// A level that falls leaves what came before it too high: nothing has passed where nothing more was counted.
bool BeltMonitor::State::phantom(const Judged& judged) const {
  const Held& centre = held[held.size() - 1 - ahead];
  const Window window = passing_window(judged.dwell, step, ahead, tests.held());
  const double peak = window.profile.empty() ? 1 : *std::max_element(window.profile.begin(), window.profile.end());
  const double counted = std::accumulate(centre.counts.begin(), centre.counts.end(), 0.0);
  const double expected = std::accumulate(centre.expected.begin(), centre.expected.end(), 0.0);
  return counted - expected < kRealShare * judged.cps * centre.live * peak - kRealDeviations * std::sqrt(counted);
}

// As when a detector is lost or the edge of a hot ore passes. The tests' nuisances hold for all of a window: where the rate falls within
// it they come out between, and what the ore's shapes do not hold exactly looks like a nuclide on the higher side.
bool BeltMonitor::State::stepped(const Judged& judged) {
  const std::size_t n = std::min(held.size(), tests.held());
  const double centre_s = held[held.size() - 1 - ahead].time;
  std::vector<double> counted, expected, passing;
  for (std::size_t i = held.size() - n; i < held.size(); ++i) {
    const Held& one = held[i];
    counted.push_back(std::accumulate(one.counts.begin(), one.counts.end(), 0.0));
    expected.push_back(std::accumulate(one.expected.begin(), one.expected.end(), 0.0));
    passing.push_back(passing_rate((one.time - centre_s) / judged.dwell) * one.live);
  }
  const auto step_at = step_rather_than_passage(counted, expected, passing);
  if (!step_at) return false;
  const Window window = passing_window(judged.dwell, step, ahead, tests.held());
  tracker.covariance(static_cast<double>(lag) * step, covariance);
  const auto amounts = tracker.amounts();
  // The window's part of these intervals, counted from its oldest.
  const auto clear = [&](std::size_t from, std::size_t to) {
    if (from >= to) return false;
    tests.score(std::span(window.profile).subspan(from, to - from), window.ends_before + window.profile.size() - to, amounts, covariance, scores);
    const bool anomaly = judged.test + 1 == names.size();
    return score_of(judged.test, anomaly ? anomaly_of(tests.candidates(), scores) : scores.significance[judged.candidate]) > model.threshold;
  };
  const std::size_t back = n - *step_at;         // intervals since the step
  const std::size_t later = std::min(back - std::min(back, window.ends_before), window.profile.size());
  const std::size_t cut = window.profile.size() - later;
  return !clear(0, cut) && !clear(cut, window.profile.size());
}

// Another batch counts more or less from one second to the next, and goes on doing so: then the ore is learnt anew,
// from about what it was.
void BeltMonitor::State::watch_batches(double time, double load) {
  constexpr double kEvery_s = 0.6;
  if (time - batch_checked_s < kEvery_s || open) return;
  batch_checked_s = time;
  // A source that passes would fill one of three lengths more than the others.
  const double length_s = std::max(kBatchPart_s, 0.6 * dwells(held.back().speed).back());
  const auto length = static_cast<std::size_t>(std::lround(length_s / step));
  if (length < least_length(step) || tests.held() < 3 * length) return;
  const auto amounts = tracker.amounts();
  tracker.covariance(static_cast<double>(lag) * step, covariance);
  const std::vector<double> flat(length, 1.0);
  struct Agreement {                            // of three lengths on how far a candidate has moved
    double least = 1e300, most = 0, surest = 1e300, sum = 0;
    int up = 0;
    void add(double amount, double z) {
      up += amount > 0;
      least = std::min(least, std::abs(amount)), most = std::max(most, std::abs(amount)), surest = std::min(surest, std::abs(z));
      sum += z;
    }
    bool full(double each, double all) const { return (up == 0 || up == 3) && surest > each && std::abs(sum) > all * std::sqrt(3.0); }
  } ore, gain;
  double noise = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    tests.score(flat, i * length, amounts, covariance, scores);
    ore.add(scores.cps[ore_candidate], scores.z[ore_candidate]);
    gain.add(scores.cps[gain_candidate], scores.z[gain_candidate]);
    for (const std::size_t c : noise_candidates) noise = std::max(noise, std::abs(scores.z[c]));
  }
  // What noise explains better is neither.
  if (3 * noise < std::abs(ore.sum) && load >= kThinLoad && ore.full(kBatchDeviations, 0) && ore.least > 0.6 * ore.most) tracker.unsettle_ore(kBatchChange);
  // An energy scale that runs away is followed faster, unless something else changes how much is counted.
  double counted = 0, expected = 0;
  for (std::size_t i = held.size() - std::min(held.size(), 3 * length); i < held.size(); ++i) {
    counted += std::accumulate(held[i].counts.begin(), held[i].counts.end(), 0.0);
    expected += std::accumulate(held[i].expected.begin(), held[i].expected.end(), 0.0);
  }
  const bool well = !health.adds_own() && !doubtful && time >= settled_s + kGainCalm_s;
  if (well && 3 * noise < std::abs(gain.sum) && std::abs(counted - expected) < kGainLevel * expected && gain.full(kGainDeviations, kGainDeviationsAll)) tracker.unsettle_gain(kGainRun);
}

}  // namespace beltwarden::gamma
