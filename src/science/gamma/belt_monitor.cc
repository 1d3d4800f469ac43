#include "science/gamma/belt_monitor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "science/gamma/belt_monitor_state.h"
#include "science/gamma/belt_windows.h"

namespace beltwarden::gamma {
namespace {

constexpr double kAhead_s = 2;              // seen beyond an interval before it is judged
constexpr double kMerge_s = 3;              // between alarms of one source
constexpr double kTellAfter_s = 40;         // an event that lasts
constexpr double kGiveUp_s = 60;            // then it is the new background, on a belt that stands;
constexpr double kPassages = 4;             // on one that runs after so many times what a source takes to pass
constexpr double kLearnOre_s = 6;           // before anything is judged on it
constexpr double kShadowError = 0.08;       // of a load that has just changed by so much
constexpr double kLoadMemory_s = 5;
constexpr double kNoiseDeviations = 6;      // of electronic noise: does not teach
constexpr double kSuspicious = 0.6;         // of the threshold: does not teach
constexpr double kTeachingLoad = 0.1;       // of a load, that it may be uncertain by where the background learns
constexpr double kMonitorKnown = 0.08;             // relative uncertainty of what is expected, above which nothing is judged
constexpr double kPeakDwells = 0.7;         // to either side of a peak, that belongs to it
constexpr double kOtherLevel = 0.3;         // of the surroundings, when a detector went or came unseen
constexpr double kFaintCps = 50, kHalfMaximum = 1.5328;   // a source's rate that no longer matters; half maximum over distance
constexpr double kLeastWeight = 0.05;       // of an interval, for a name
constexpr double kHeldLoad_s = 1, kHeldLoadSd = 0.08;   // for how long a load may go on unread; its uncertainty after a second, relative
constexpr double kFalseToReal = 5;          // alarms just above the threshold

BeltEvent fault_event(const HealthFault& fault) {
  BeltEvent event;
  event.kind = SourceKind::kFault;
  event.nuclide = fault.what;
  event.confidence = fault.confidence;
  event.start_s = event.peak_s = fault.start_s;
  event.end_s = std::max(fault.end_s, fault.start_s);
  event.over = fault.over;
  return event;
}

double give_up_s(double speed) {
  return speed > 0.4 ? std::min(kGiveUp_s, kPassages * dwells(speed).back() + 1) : kGiveUp_s;
}

}  // namespace

BeltMonitor::State::State(const BeltModel& m)
    : model(m),
      tracker(m.background, m.drift),
      tests(m.background, m.library, m.background.anchor_gain),
      health(m.dispersion) {
  for (const Candidate& candidate : tests.candidates()) {
    std::size_t test = std::string::npos;
    if (candidate.role == Candidate::Role::kSource) {
      const auto found = std::find(names.begin(), names.end(), candidate.nuclide);
      test = static_cast<std::size_t>(found - names.begin());
      if (found == names.end()) names.push_back(candidate.nuclide);
    }
    if (candidate.role == Candidate::Role::kBackground && candidate.nuclide == "ore") ore_candidate = test_of.size();
    if (candidate.role == Candidate::Role::kBackground && candidate.nuclide == "gain") gain_candidate = test_of.size();
    if (candidate.role == Candidate::Role::kBackground && candidate.nuclide.ends_with("noise")) noise_candidates.push_back(test_of.size());
    test_of.push_back(test);
  }
  names.emplace_back("anomaly");
  for (const auto& name : names) {
    const auto found = std::find_if(m.tests.begin(), m.tests.end(), [&](const AlarmTest& t) { return t.name == name; });
    model_test.push_back(found == m.tests.end() ? std::string::npos : static_cast<std::size_t>(found - m.tests.begin()));
  }
  step = std::max(m.background.step_s, 0.01);
  lag = std::max<std::size_t>(2, static_cast<std::size_t>(std::lround(BeltMonitor::kLag_s / step)));
  ahead = static_cast<std::size_t>(std::floor(kAhead_s / step + 1e-6));
  ahead = std::min<std::size_t>(ahead, SourceTests::kHeld - 2);   // intervals so short that looking ahead would not fit
  lag = std::clamp<std::size_t>(lag, ahead + 1, SourceTests::kHeld - 1);
}

void BeltMonitor::State::keep_peak(const Judged& judged, BeltEvent& event) {
  const Held& centre = held[held.size() - 1 - ahead];
  event.score = judged.score;
  event.deviations = judged.deviations;
  event.added_cps = judged.cps;
  event.peak_s = centre.time + step / 2;
  event.peak_index = centre.index;
  // Standard error of the time of a matched filter's peak: width over significance (Kay I, example 3.13).
  event.peak_error_s = 0.6 * judged.dwell / std::max(judged.deviations, 1.0);
  event.observed.assign(centre.counts.size(), 0);
  event.expected.assign(centre.counts.size(), 0);
  event.live_s = 0;
  PassageCounts passage(centre.counts.size());
  const auto amounts = tracker.amounts();
  for (const Held& one : held) {
    // For the name each interval counts as a source there would add to it (a matched filter in time).
    const double weight = passing_rate((one.time - centre.time) / judged.dwell);
    if (weight > kLeastWeight && one.trust) passage.add(weight, one.live, one.counts, one.prediction, amounts);
    if (std::abs(one.time - centre.time) > kPeakDwells * judged.dwell + step / 4) continue;
    event.live_s += one.live;
    for (std::size_t b = 0; b < event.observed.size(); ++b) {
      event.observed[b] += one.counts[b];
      event.expected[b] += one.expected[b];
    }
  }
  passage.scale();
  tracker.covariance(static_cast<double>(lag) * step, passage.covariance);
  const NamedSource named = name_source(tests, passage);
  event.kind = named.kind;
  event.nuclide = named.nuclide;
  event.also = named.also;
  // The weaker an alarm, the likelier it is one of the false ones that the threshold allows: their rate falls as
  // exp(-score), and sources are rarer still than they are.
  event.confidence = named.confidence / (1 + kFalseToReal * std::exp(-std::max(judged.score - model.threshold, 0.0)));
  // The anomaly test alone rang and no template comes near: something, but of no kind. Both in plain deviations: skewness is taken
  // out of the tests' significance, which of a great excess is far less.
  if (judged.test + 1 == names.size() && judged.scores.z[judged.candidate] < 0.6 * judged.deviations) {
    event.kind = SourceKind::kUnknown;   // with the likeliest name beside it
    event.also.clear();
    event.confidence = std::min(event.confidence, 0.5);
  }
}

void BeltMonitor::State::follow(const Judged& judged, std::vector<BeltEvent>& events) {
  if (!judged.any) return;
  const Held& centre = held[held.size() - 1 - ahead];
  const bool alarm = silence == Silence::kNone && !model.tests.empty();
  if (alarm) {
    const double from = centre.time + step / 2 - judged.dwell / 2, to = from + judged.dwell;
    if (!open) {
      open.emplace();
      open->event.start_s = from;
      open->event.end_s = to;
      open->event.first_index = open->event.last_index = centre.index;
      keep_peak(judged, open->event);
    } else {
      if (judged.score > open->event.score || (judged.score == open->event.score && judged.deviations > open->event.deviations)) {
        const double start = open->event.start_s, end = open->event.end_s;
        keep_peak(judged, open->event);
        open->event.start_s = start, open->event.end_s = end;
      }
      open->event.end_s = std::max(open->event.end_s, to);
      open->event.last_index = centre.index;
    }
    open->last_time = centre.time;
    // A source a thousand times the weakest is told ten times as far along the belt, by the cube of the distance.
    if (centre.speed > 0.4) {
      const double reach_s = judged.dwell / kHalfMaximum * std::cbrt(std::max(judged.cps, 0.0) / kFaintCps);
      strong_until_s = std::max(strong_until_s, centre.time + std::min(reach_s, kGiveUp_s));
    }
  }
  if ((judged.score > kSuspicious * model.threshold || judged.noise > kNoiseDeviations) && centre.known) {
    for (Held& one : held) {
      if (std::abs(one.time - centre.time) <= judged.dwell + step) one.quiet = false;
    }
  }
  if (!open) return;
  if (!alarm && centre.time - open->last_time > kMerge_s) {
    if (!open->told || open->event.end_s - open->event.start_s > kTellAfter_s) events.push_back(open->event);
    open.reset();
  } else if (!open->told && open->event.end_s - open->event.start_s > kTellAfter_s) {
    events.push_back(open->event);
    events.back().over = false;
    open->told = true;
  }
}

void BeltMonitor::State::teach() {
  while (held.size() > lag) {
    Held& first = held.front();
    bool trust = first.trust;
    if (first.quiet) {
      quiet_since = first.time;
    } else if (first.time - quiet_since > give_up_s(first.speed) && !(first.time < strong_until_s)) {
      // It has lasted too long to pass by: this is how the belt counts now.
      if (!(first.speed > 0.4)) tracker.forget_ore();
    } else {
      trust = false;
    }
    tracker.learn(first.load, first.live, first.seconds, first.counts, trust && first.teach);
    held.pop_front();
  }
}

void BeltMonitor::State::flush() {
  for (const Held& one : held)
    tracker.learn(one.load, one.live, one.seconds, one.counts, one.trust && one.quiet && one.teach);
  held.clear();
  clear_windows();
}

void BeltMonitor::State::clear_windows() {
  tests.clear();
  lost += std::exchange(unjudged, 0);
}

BeltMonitor::BeltMonitor(const BeltModel& model) : state_(std::make_unique<State>(model)) {}
BeltMonitor::~BeltMonitor() = default;
BeltMonitor::BeltMonitor(BeltMonitor&&) noexcept = default;

BeltOutcome BeltMonitor::observe(double time, double live, double speed, double load, std::span<const double> counts,
                                 bool trust, double load_sd) {
  State& s = *state_;
  BeltOutcome outcome;
  State::Held now;
  now.time = time, now.live = live, now.speed = speed, now.load = std::max(load, 0.0);
  now.seconds = s.started ? std::max(0.0, time - s.last_time) : 0;
  now.index = s.next_index++;
  // After a gap windows would reach over it.
  if (s.started && time - s.last_time > 3 * s.step + 1) {
    s.flush();
    s.quiet_since = time;
  }
  if (!s.started) s.quiet_since = s.begun = time;
  s.started = true;
  s.last_time = time;
  now.counts.assign(counts.begin(), counts.end());
  // How much the shadow of a load is, is known less well than how the rate follows small changes.
  if (!s.started_load) s.usual_load = now.load;
  s.started_load = true;
  const double changed = std::abs(now.load - s.usual_load);
  s.usual_load += (now.load - s.usual_load) * std::min(1.0, now.seconds / kLoadMemory_s);
  s.tracker.predict(now.load, std::max(live, 1e-6), s.prediction, std::hypot(kShadowError * changed, load_sd));
  now.expected = s.prediction.counts;
  const double mean = std::accumulate(now.expected.begin(), now.expected.end(), 0.0);
  const double sum = std::accumulate(now.counts.begin(), now.counts.end(), 0.0);
  {
    s.tracker.covariance(static_cast<double>(s.lag) * s.step, s.covariance);
    std::array<double, kDirections> total{};
    for (int i = 0; i < kDirections; ++i) {
      for (std::size_t b = 0; b < counts.size(); ++b)
        total[static_cast<std::size_t>(i)] += s.prediction.directions[static_cast<std::size_t>(i) * counts.size() + b];
    }
    double variance = 0;
    for (int i = 0; i < kDirections; ++i) {
      for (int k = 0; k < kDirections; ++k) {
        variance += total[static_cast<std::size_t>(i)] * total[static_cast<std::size_t>(k)] *
                    s.covariance[static_cast<std::size_t>(i * kDirections + k)];
      }
    }
    const double by_load = std::accumulate(s.prediction.load_direction.begin(), s.prediction.load_direction.end(), 0.0);
    s.expected_sd = std::sqrt(std::max(variance, 0.0) + by_load * by_load);
  }
  if (live > 0) {
    outcome.expected_cps = mean / live;
    outcome.expected_sd_cps = std::sqrt(mean + s.expected_sd * s.expected_sd) / live;
    outcome.observed_cps = sum / live;
  }
  s.split_expected();
  now.prediction = s.prediction;
  const GainState gain = s.tracker.gain();
  const auto verdict = s.health.observe(
      time, live, counts, {now.expected, s.parts, s.prediction.own[kFrozenOwn], s.prediction.own[kNoiseOwn], s.expected_sd / std::max(mean, 1e-9), gain.gain, gain.good, now.load < kThinLoad, dwells(speed).front()});
  s.doubtful = verdict.doubtful;
  if (verdict.doubtful && s.health.sick()) now.quiet = false;
  for (const HealthFault& fault : verdict.faults) {
    outcome.events.push_back(fault_event(fault));
    BeltEvent& event = outcome.events.back();
    event.first_index = event.last_index = event.peak_index = now.index;
  }
  s.meet_faults(verdict, now);
  if (verdict.step) {
    // What lies in the windows was expected at the old level.
    s.tracker.rescale(*verdict.step);
    s.clear_windows();
    for (auto& one : s.held) one.trust = false;
    now.trust = false;
  }
  if (verdict.other_level) s.tracker.unsettle_around(kOtherLevel);
  if (s.health.sick()) s.sick_s = time;
  now.known = s.expected_sd < kMonitorKnown * mean && (now.load < kThinLoad || s.tracker.ore_seen_s() > kLearnOre_s);
  now.trust = now.trust && trust && verdict.sound && live > 0;
  now.teach = load_sd <= kTeachingLoad * now.load && !verdict.undecided;
  outcome.judged = now.known && now.trust && !s.doubtful;
  if (now.trust) {
    s.tests.add(counts, live, s.prediction, s.tracker.gain().gain);
    s.unjudged = std::min(s.unjudged + 1, s.ahead);
  } else {
    s.clear_windows();
  }
  outcome.lost = std::exchange(s.lost, 0);
  s.held.push_back(std::move(now));
  const State::Judged judged = s.judge();
  s.silence = s.silence_of(judged);
  s.last_score = judged.score;
  s.watch_batches(time, load);
  s.follow(judged, outcome.events);
  s.teach();
  return outcome;
}

BeltOutcome BeltMonitor::observe(const BeltInterval& now, std::span<const double> counts) {
  State& s = *state_;
  if (now.load_known || !s.started) s.load_since = now.time_s;
  const double unknown_s = now.load_known ? 0 : now.time_s - s.load_since + s.step;
  const bool lost = unknown_s > kHeldLoad_s || (!now.load_known && !s.started);
  const double sd = now.load_known ? 0 : kHeldLoadSd * std::max(now.load_kg_per_m, kThinLoad) * std::sqrt(unknown_s);
  BeltOutcome outcome = observe(now.time_s, now.live_s, now.speed_mps, now.load_kg_per_m, counts, !lost, sd);
  if (lost && !s.load_lost) s.load_lost_s = s.load_since;
  if (lost != s.load_lost) outcome.events.push_back(fault_event({"load", s.load_lost_s, now.time_s, 1, !lost}));
  s.load_lost = lost;
  return outcome;
}

std::vector<BeltEvent> BeltMonitor::finish() {
  State& s = *state_;
  std::vector<BeltEvent> events;
  if (s.open) events.push_back(s.open->event);
  s.open.reset();
  for (const HealthFault& fault : s.health.finish()) events.push_back(fault_event(fault));
  if (s.load_lost) events.push_back(fault_event({"load", s.load_lost_s, s.last_time + s.step, 1, true}));
  s.load_lost = false;
  return events;
}

void BeltMonitor::change_of_ore(std::uint64_t ore) {
  State& s = *state_;
  if (ore == s.ore_now) return;
  s.flush();
  s.ores[s.ore_now] = {s.tracker.known_ore(), s.last_time};
  s.ore_now = ore;
  if (const auto known = s.ores.find(ore); known != s.ores.end()) {
    s.tracker.recall_ore(known->second.known, s.last_time - known->second.seen_s);
    s.ores.erase(known);
  } else {
    s.tracker.forget_ore();
  }
}

void BeltMonitor::forget_ore(std::uint64_t ore) { state_->ores.erase(ore); }

std::vector<double> BeltMonitor::expected(double live_s) const {
  const State& s = *state_;
  std::vector<double> counts(s.model.background.ambient_cps.size(), 0);
  if (s.held.empty() || !(s.held.back().live > 0)) return counts;
  for (std::size_t b = 0; b < counts.size(); ++b) counts[b] = s.held.back().expected[b] * live_s / s.held.back().live;
  return counts;
}

std::string_view name_of(Silence why) {
  constexpr std::array<std::string_view, 11> kNames = {"alarm",    "not judged", "below",   "veto", "untrusted", "unknown",
                                                       "settling", "caution",    "phantom", "step", "plateau"};
  return kNames[static_cast<std::size_t>(why)];
}

GainState BeltMonitor::gain() const { return state_->tracker.gain(); }
BeltTracker::Ore BeltMonitor::ore(OreSeries series) const { return state_->tracker.ore(series); }
double BeltMonitor::dispersion() const { return state_->health.dispersion(); }
bool BeltMonitor::in_event() const { return state_->open.has_value(); }
const std::vector<double>& BeltMonitor::deviations() const {
  static const std::vector<double> kNone;
  return state_->silence == Silence::kNone ? state_->best : kNone;
}
Silence BeltMonitor::silence() const { return state_->silence; }
double BeltMonitor::score() const { return state_->last_score; }
std::vector<std::string> BeltMonitor::test_names() const { return state_->names; }

}  // namespace beltwarden::gamma
