// State of health of a monitor whose detectors come summed: what counting statistics and steadiness tell.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "science/gamma/rate_step.h"

namespace beltwarden::gamma {

/// Variance over mean of a healthy detector's residuals, from the series a model was tuned on.
struct DispersionRange {
  double usual = 1;
  double sd = 0.03;                  ///< of a window's value
};

/// A fault from when it began to when it ended.
struct HealthFault {
  std::string what;                  ///< "stuck", "dead", "noisy", "drift"
  double start_s = 0, end_s = 0;
  double confidence = 0.99;
  bool over = false;
};

/// What one interval should have counted.
struct HealthExpectation {
  std::span<const double> counts;    ///< a bin
  std::span<const double> parts;     ///< of these, see RateStep
  std::span<const double> frozen, noise;   ///< of these, what a frozen and a noisy detector add; empty where none does
  double relative_sd = 0;            ///< uncertainty of their sum
  double gain = 1;                   ///< energy scale over the one the model was learnt with
  bool gain_good = false;
  bool bare = false;                 ///< hardly anything lies on the belt
  double passage_s = 0.8;            ///< shortest time at half maximum that a point source takes to pass
};

/// Watches intervals one after the other. Stuck: the same spectrum again, or spectra that differ from one to the next by
/// less than counts can (one detector of several frozen). Dead: nothing is counted, or the rate falls at once by an
/// eighth or more as a whole and not as another ore would have it, or the bare belt counts that much less than the last time it was
/// bare. Noisy: the lowest energies, or all, count far more than
/// expected for longer than a source takes to pass. Drift: the energy scale has left what can be followed.
class BeltHealth {
 public:
  explicit BeltHealth(const DispersionRange& usual = {});

  struct Verdict {
    bool sound = true;               ///< nothing is wrong with this interval
    bool doubtful = false;           ///< perhaps a detector is frozen: raise no alarm yet
    double frozen = 0;               ///< share of the counts that has been found frozen, of the whole
    bool thawed = false;             ///< it no longer is
    std::vector<double> noise_cps;   ///< a bin, that noise adds: it has been found
    bool noise_over = false;
    std::optional<double> step;      ///< the rate has changed by this factor at once and for good
    bool undecided = false;          ///< it may have: learn nothing from it yet
    bool other_level = false;        ///< the bare belt counts otherwise than it did minutes ago: a detector went or came unseen
    std::vector<HealthFault> faults; ///< that have begun for sure or ended
  };
  Verdict observe(double time_s, double live_s, std::span<const double> counts, const HealthExpectation& expected);
  /// Faults that still last.
  std::vector<HealthFault> finish();

  bool sick() const;
  bool adds_own() const;             ///< a detector is frozen or noisy
  double dispersion() const { return slow_.value; }

 private:
  struct Watch {
    HealthFault fault;
    bool open = false;
    double last_bad_s = 0;
  };
  // A mean over the last `memory_s`.
  struct Memory {
    double memory_s = 0, value = 1, weight = 0;
    void add(double sum, double n, double seconds);
  };
  void raise(Watch& watch, double from_s, double now_s, Verdict& verdict);
  void settle(Watch& watch, double now_s, double calm_s, Verdict& verdict);
  void watch_scatter(double time_s, double live_s, std::span<const double> counts, std::span<const double> expected,
                     std::span<const double> own, Verdict& verdict);
  void watch_bare(double time_s, double live_s, std::span<const double> counts, bool bare, Verdict& verdict);
  void watch_noise(double time_s, double live_s, std::span<const double> counts, const HealthExpectation& expected, Verdict& verdict);

  DispersionRange usual_;
  std::vector<double> last_counts_, last_expected_;
  int repeats_ = 0;
  double repeat_from_s_ = 0;
  Memory slow_;
  double thin_ = 0, thin_n_ = 0, thin_sum_ = 0, thick_ = 0;
  double thin_from_s_ = 0;
  bool part_stuck_ = false, noise_off_ = false;
  RateStep step_;
  double level_ = 1;                 // share of the rate that counts now, against the whole
  struct Bare {                      // a stretch of bare belt
    double from_s = 0, counts = 0, live_s = 0;
    bool told = false;
    double rate() const { return counts / live_s; }
  };
  std::optional<Bare> bare_, bare_before_;
  double fell_s_ = -1e9;             // when the rate fell last without its cause being known
  struct Low {
    double time_s, observed, expected, low_observed, low_expected, low_own;
  };
  std::deque<Low> low_;
  std::vector<double> excess_;       // counts a bin over what is expected, since noise seems to have begun
  double excess_s_ = 0;
  double noise_seen_s_ = 0, noisy_from_s_ = 0, drift_from_s_ = 0;
  bool noisy_ = false, drifting_ = false;
  Watch stuck_, dead_, noisy_watch_, drift_watch_;
};

}  // namespace beltwarden::gamma
