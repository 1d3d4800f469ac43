// Watches one lot's gamma readings: expected counts at the belt's load, excesses, and what causes them.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "science/gamma/identify.h"
#include "science/gamma/load_background.h"

namespace beltwarden::gamma {

/// One reading, binned. `tag` is the caller's name of it (a running number): events quote it.
struct MonitorReading {
  std::uint64_t tag = 0;
  double time_s = 0;                       ///< rising
  double live_s = 0;
  double load_kg_per_m = 0;
  double load_sd = 0;                      ///< how much the load varies under the detector, kg/m
  std::array<double, kWindowCount> counts{};
  CoarseSpectrum coarse{};
};

/// An excess, from the first reading that shows it to the last.
struct ExcessEvent {
  std::uint64_t first_tag = 0, last_tag = 0, peak_tag = 0;
  bool over = false;                       ///< false: it goes on
  Statistic statistic = kGrossRate;        ///< that showed it most clearly
  double deviations = 0;                   ///< the largest, in standard deviations
  double peak_cps = 0, peak_expected_cps = 0;
  double live_s = 0;
  CoarseSpectrum observed{}, expected{};   ///< summed over the event
  Identification identification;
};

/// State machine of one lot (or of the empty belt). k-sigma on single readings and on sums of 5 and 25, against a
/// background that follows slowly and stands still during an event. Not thread-safe.
class LotMonitor {
 public:
  /// `model` and `shapes` must outlive it. `deviations`: the k; 6 gives well under one false event a day.
  LotMonitor(const MonitorModel& model, const ShapeLibrary& shapes, double deviations = 6.0);

  struct Result {
    double expected_cps = 0;               ///< gross
    double expected_sd_cps = 0;
    std::optional<ExcessEvent> event;      ///< says something new: identified, or over after it grew
  };
  /// `teach`: whether this reading may teach the background (false while a detector misbehaves).
  Result observe(const MonitorReading& reading, bool teach = true);

  /// No more readings: an event that has not been told is told now.
  std::optional<ExcessEvent> finish();

  /// The background is no longer what it was (a detector failed or came back): learns anew.
  void relearn();

  bool in_event() const { return event_.has_value(); }

 private:
  struct Residual {
    std::uint64_t tag = 0;
    std::array<double, kStatisticCount> excess{}, variance{}, counts{}, common{};  // counts: expected
    double gross = 0, expected_gross = 0, live_s = 0;
    CoarseSpectrum coarse{}, expected{};
  };
  struct Trigger {
    Statistic statistic;
    double deviations;
    std::size_t length;
  };
  std::optional<Trigger> strongest() const;
  void begin(const Trigger& trigger);
  void extend(const Residual& residual);
  ExcessEvent told(bool over);
  CoarseSpectrum expected_spectrum(double gross_counts) const;

  const MonitorModel* model_;
  const ShapeLibrary* shapes_;
  double deviations_;
  std::vector<LoadBackground> backgrounds_;
  CoarseSpectrum shape_cps_{};             // of this lot, slowly following
  double shape_weight_s_ = 0;
  double last_time_s_ = 0;
  bool started_ = false;
  std::deque<Residual> recent_;
  struct Open {
    ExcessEvent event;
    int calm = 0;                          // readings without excess
    bool brief = false;                    // one reading alone showed it
    std::uint64_t last_strong_tag = 0;     // of a reading that shows it alone
    std::vector<Residual> head;  // the first kTellAfter readings: a short event is judged without its calm end
    int readings = 0;
    int told_readings = 0;                 // its length when it was told, 0 = not yet
  };
  std::optional<Open> event_;
};

}  // namespace beltwarden::gamma
