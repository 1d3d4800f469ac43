// State of health of a monitor whose detectors come summed: what counting statistics and steadiness tell.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

/// Watches intervals one after the other. Stuck: the same spectrum again, or a spectrum that varies less than counts can
/// (one detector of several frozen). Dead: nothing is counted, or the rate falls at once by a tenth or more with its
/// shape unchanged. Noisy: the lowest energies count far more than expected for longer than a source takes to pass.
class BeltHealth {
 public:
  explicit BeltHealth(const DispersionRange& usual = {});

  struct Verdict {
    bool sound = true;               ///< nothing is wrong with this interval
    std::optional<double> step;      ///< the rate has changed by this factor at once and for good
    std::vector<HealthFault> faults; ///< that have begun for sure or ended
  };
  /// `expected` by the background; `expected_sd` is the relative uncertainty of its sum.
  Verdict observe(double time_s, double live_s, std::span<const double> counts, std::span<const double> expected,
                  double expected_sd);
  /// Faults that still last.
  std::vector<HealthFault> finish();

  bool sick() const;
  double dispersion() const { return dispersion_; }

 private:
  struct Watch {
    HealthFault fault;
    bool open = false;
    double last_bad_s = 0;
  };
  void raise(Watch& watch, double from_s, double now_s, Verdict& verdict);
  void settle(Watch& watch, double now_s, double calm_s, Verdict& verdict);

  DispersionRange usual_;
  std::vector<double> last_counts_;
  int repeats_ = 0;
  double repeat_from_s_ = 0;
  double dispersion_ = 1, dispersion_weight_ = 0;
  int thin_ = 0;
  double thin_from_s_ = 0;
  double level_ = 1;                 // share of the rate that counts now, against the whole
  struct Recent {
    double time_s, observed, expected, low_observed, low_expected;
  };
  std::vector<Recent> recent_;
  double noisy_from_s_ = 0;
  int noisy_ = 0;
  Watch stuck_, dead_, noisy_watch_;
};

}  // namespace beltwarden::gamma
