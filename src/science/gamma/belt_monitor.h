// Watches a loaded belt for sources: expects, tests, decides, names.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "science/gamma/belt_health.h"
#include "science/gamma/belt_tracker.h"
#include "science/gamma/source_naming.h"
#include "science/gamma/source_tests.h"
#include "science/gamma/tail.h"

namespace beltwarden::gamma {

/// One of the tests that share the false alarms: a nuclide, or "anomaly" for a shape that no template has.
struct AlarmTest {
  std::string name;
  double share = 1;
  Tail tail;
};

/// Everything that `tune` makes and a monitor needs.
struct BeltModel {
  BackgroundModel background;
  DriftModel drift;
  TemplateLibrary library;
  std::vector<AlarmTest> tests;
  Tail combined;                          ///< of the alarm score, all tests together
  double threshold = 1e9;                 ///< of the alarm score
  double asked_per_hour = 0.125;          ///< false alarms
  double achieved_per_hour = 0;           ///< counted on the series it was tuned on
  DispersionRange dispersion;             ///< usual for a healthy detector
};

std::string to_text(const BeltModel& model);
Result<BeltModel> belt_model_from_text(std::string_view text, const std::string& origin);

/// One source, however many windows saw it; or a fault of the instrument.
struct BeltEvent {
  SourceKind kind = SourceKind::kUnknown;
  std::string nuclide;                    ///< the likeliest; of a mixture the artificial one; of a fault what is wrong
  std::string also;                       ///< the natural one of a mixture; else empty
  double confidence = 0;
  double start_s = 0, end_s = 0;          ///< half-maximum points of the passage
  double peak_s = 0;
  double peak_error_s = 0;                ///< standard error of the time, and by the speed of the position
  double added_cps = 0;                   ///< at the peak
  double deviations = 0;                  ///< of the strongest test
  double score = 0;
  bool over = true;                       ///< false: it still lasts
  std::uint64_t first_index = 0, last_index = 0, peak_index = 0;   ///< running numbers of intervals
  std::vector<double> observed, expected; ///< counts in the model's bins around the peak
  double live_s = 0;                      ///< of these
};

/// What one call learnt.
struct BeltOutcome {
  double expected_cps = 0, expected_sd_cps = 0;   ///< of the interval handed in, all bins
  double observed_cps = 0;
  bool judged = false;                    ///< the interval handed in is fit to be judged, and what to expect is known
  std::size_t lost = 0;                   ///< intervals before it that will never be judged: something came between
  std::vector<BeltEvent> events;          ///< that have ended or, after 40 s, still last
};

/// Why an interval is no alarm.
enum class Silence : std::uint8_t {
  kNone,       ///< it is one
  kNotJudged,  ///< too little has been seen
  kBelow,      ///< of the threshold
  kVeto,       ///< a moved background explains it
  kUntrusted,  ///< the instrument misbehaves, or did within the windows
  kUnknown,    ///< what to expect is not known well enough
  kSettling,   ///< a detector's fault has just begun or ended, or may be about to
  kCaution,    ///< over the threshold, but not by what is asked for at the start and beside faults
  kPhantom,    ///< nothing more was counted
  kStep,       ///< the rate has stepped within the window, and neither side alone is one
  kPlateau     ///< it does not pass
};
std::string_view name_of(Silence why);

/// State machine of one monitor. An interval is judged when two seconds more have been seen, and teaches the background
/// four seconds later unless something was there. Not thread-safe. `model` must outlive it.
class BeltMonitor {
 public:
  static constexpr double kLag_s = 4;              ///< before an interval teaches
  explicit BeltMonitor(const BeltModel& model);
  ~BeltMonitor();
  BeltMonitor(BeltMonitor&&) noexcept;

  /// `counts` in the model's bins (see Fold). `trust` false: the instrument misbehaves, nothing is concluded. `load_sd`:
  /// what the load is uncertain by beyond the model's own noise, kg/m; it weakens the tests, and where it is large nothing
  /// is learnt.
  BeltOutcome observe(double time_s, double live_s, double speed_mps, double load_kg_per_m,
                      std::span<const double> counts, bool trust = true, double load_sd = 0);
  /// The same of a recorded interval. A load that is not known weakens the tests for a second, after which nothing is judged and
  /// a fault "load" is told.
  BeltOutcome observe(const BeltInterval& interval, std::span<const double> counts);
  /// No more intervals come: what is open is told.
  std::vector<BeltEvent> finish();

  /// Another ore comes, by the caller's number of it: what was learnt of it before is taken up again.
  void change_of_ore(std::uint64_t ore);
  /// It will not come again.
  void forget_ore(std::uint64_t ore);
  /// Detectors that the caller tells apart have failed or come back. How much counts now is learnt anew in seconds; shapes, ore
  /// and energy scale stay known. `at_random`: share of the counts that come at random now; the rest repeats itself.
  void detectors_changed(double at_random = 1);

  /// What the interval handed in last was expected to count, a bin, for `live_s`; zeros before the first.
  std::vector<double> expected(double live_s) const;

  GainState gain() const;
  BeltTracker::Ore ore(OreSeries series) const;
  bool in_event() const;

  /// Of the interval judged last: why it is no alarm, and its score.
  Silence silence() const;
  double score() const;
  /// For tuning: what the tests said of the interval judged last, where it could have been an alarm; else empty.
  const std::vector<double>& deviations() const;   ///< by test
  std::vector<std::string> test_names() const;
  double dispersion() const;                       ///< variance over mean of late residuals

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Fits the background and sets thresholds on series without sources for `false_alarms_per_hour`.
Result<BeltModel> tune_belt(std::span<const BeltSeries> series, TemplateLibrary library, double false_alarms_per_hour,
                            const ShareDone& progress = {});

}  // namespace beltwarden::gamma
