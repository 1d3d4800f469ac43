// Inside of the belt monitor: what belt_monitor.cc and belt_judge.cc share.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "science/gamma/belt_health.h"
#include "science/gamma/belt_monitor.h"
#include "science/gamma/belt_tracker.h"
#include "science/gamma/source_tests.h"

namespace beltwarden::gamma {

inline constexpr double kCaution = 3, kCaution_s = 90;   // more of a score that is asked for at the start, less and less
inline constexpr double kSickCaution = 1, kSickCaution_s = 75;   // the same beside a detector at fault and after it
inline constexpr double kThinLoad = 10;            // kg/m: ore is not met there

struct BeltMonitor::State {
  const BeltModel& model;
  BeltTracker tracker;
  SourceTests tests;
  BeltHealth health;
  std::vector<std::string> names;                 // of the tests
  std::vector<std::size_t> test_of;               // of a candidate; npos for others
  std::vector<std::size_t> model_test;            // of a test, in the model; npos where it has none
  std::size_t ore_candidate = 0;                  // the background's "ore"
  std::size_t gain_candidate = 0;                 // its "gain"
  std::vector<std::size_t> noise_candidates;      // and its electronic noise
  std::vector<double> best;                       // by test, of the interval judged last
  Prediction prediction;
  std::array<double, kDirections * kDirections> covariance{};
  WindowScores scores;

  struct Held {
    double time = 0, live = 0, speed = 0, load = 0, seconds = 0;
    std::uint64_t index = 0;
    std::vector<double> counts, expected;
    Prediction prediction;                        // that expected it
    bool known = true;                            // what to expect was known well enough to judge
    bool trust = true, quiet = true;              // quiet: nothing suspicious was seen there
    bool teach = true;                            // its load is known well enough to learn from
  };
  std::deque<Held> held;                          // newest last; the first to learn is at the front
  std::size_t lag = 20, ahead = 10;
  double step = 0.2, last_time = 0, expected_sd = 0;
  bool started = false, doubtful = false;
  Silence silence = Silence::kNotJudged;          // of the interval judged last
  double last_score = -1e9;
  double usual_load = 0, batch_checked_s = -1e9;
  bool started_load = false;
  std::vector<double> parts;                      // of what is expected of the newest interval, see RateStep
  std::uint64_t next_index = 0;
  double quiet_since = 0, begun = 0, settled_s = -1e9;
  std::size_t unjudged = 0, lost = 0;             // intervals that wait to be judged; that waited in vain

  struct Ore {
    BeltTracker::KnownOre known;
    double seen_s = 0;                            // when
  };
  std::map<std::uint64_t, Ore> ores;              // others than the one on the belt
  std::uint64_t ore_now = 0;
  double strong_until_s = -1e9;                   // until a strong source has gone far enough to be no part of the background
  double sick_s = -1e9;                           // when a detector was at fault last
  double load_since = 0;                          // when the load was known last
  bool load_lost = false;
  double load_lost_s = 0;
  double frozen = 0;                              // share of the counts that a stuck detector repeats

  struct Open {
    BeltEvent event;
    double last_time = 0;
    bool told = false;
  };
  std::optional<Open> open;

  explicit State(const BeltModel& model);

  // What is expected of the surroundings and of the ore's three series.
  void split_expected();

  double score_of(std::size_t test, double deviations) const;

  struct Judged {
    bool any = false;
    double vetoed = -1e9;                         // highest score that a moved background explains
    std::size_t test = 0, candidate = 0;
    double score = -1e9, deviations = 0, cps = 0, dwell = 1;
    double noise = 0;                             // deviations of electronic noise
    WindowScores scores;
  };

  // All windows around the interval `ahead` back.
  Judged judge();

  // The strongest moment of an event: its counts, its rate, its name.
  void keep_peak(const Judged& judged, BeltEvent& event);

  // Whether a score is an alarm.
  Silence silence_of(const Judged& judged);

  // Opens, prolongs and closes events.
  void follow(const Judged& judged, std::vector<BeltEvent>& events);

  // A source has passed when it has passed: an excess that was there before or stays is another ore.
  bool plateau(const Judged& judged);

  // A level that falls leaves what came before it too high: nothing has passed where nothing more was counted.
  bool phantom(const Judged& judged) const;

  // A step of the rate within a window leaves one of its sides too high: then a source must be as clear on one side alone.
  bool stepped(const Judged& judged);

  // Another batch counts more or less from one second to the next, and goes on doing so: then the ore is learnt anew,
  // from about what it was.
  void watch_batches(double time, double load);

  // A detector has frozen that gives this share of what is expected now.
  void expect_frozen(double share, const Held& now);

  // Faults of a detector found or over: what it adds by itself is expected from now on, or no longer.
  void meet_faults(const BeltHealth::Verdict& verdict, const Held& now);

  // Lets the tracker learn what is old enough and held nothing suspicious.
  void teach();
  // Learns all that is held at once: windows cannot reach over what comes now.
  void flush();
  // Windows cannot reach over what comes now.
  void clear_windows();
};

}  // namespace beltwarden::gamma
