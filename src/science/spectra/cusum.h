// Has the mean moved? Cumulative sums on a quantity that must stay below (or above) a limit.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace beltwarden::spectra {

/// Average number of values until a one-sided CUSUM of independent unit normals alarms when their mean is `shift` standard
/// deviations above the target: S = max(0, S + z - k), alarm when S > h. By the Markov chain of Brook and Evans
/// (Biometrika 59 (1972) 539-549) with 100 states, good to 1 %. `k` >= 0, `h` > 0.
double cusum_run_length(double shift, double k, double h);

/// The smallest `h` (to 1e-3) whose run length without a shift is at least `values_between_false_alarms` (2 ... 1e7).
double cusum_threshold(double k, double values_between_false_alarms);

struct CusumOptions {
  double target = 0;                        ///< the mean as it should be
  double shift = 1;                         ///< to be found soon, in the value's unit; negative: a fall
  double sd = 1;                            ///< of one value about its mean when nothing is wrong (> 0)
  double values_between_false_alarms = 1000;
};

/// Tabular CUSUM (Page, Biometrika 41 (1954) 100-115), one-sided, with the reference value half-way to the shift, which
/// is optimal for that shift (Moustakides, Ann. Statist. 14 (1986) 1379-1387). A state machine: one owner, one thread.
class Cusum {
 public:
  static Result<Cusum> make(const CusumOptions& options);

  struct State {
    double sum = 0;               ///< in standard deviations
    double threshold = 0;         ///< alarm above
    bool alarm = false;
    std::size_t run = 0;          ///< values since the sum last left zero: the change began there
    double mean_since = 0;        ///< estimate of the mean since then, in the value's unit (Montgomery, eq. 9.5)
  };
  /// Takes the next value. `std_error` is that of this value when it is known and larger than usual (few scans): its step
  /// then counts for less. Values that are not finite are passed over.
  const State& step(double value, double std_error = 0);
  const State& state() const { return state_; }
  /// Starts anew, after an alarm has been dealt with or material has changed.
  void reset();

 private:
  explicit Cusum(const CusumOptions& options);
  CusumOptions options_;
  double k_ = 0.5;
  State state_;
};

/// Where a mean must stay below `limit` with a guard band for its own uncertainty (JCGM 106:2012, 8.3.2): the target is
/// `guard_k` standard errors inside the limit, and the shift is the band. `high` false: it must stay above.
Result<Cusum> guarded_cusum(double limit, double std_error, double guard_k, bool high, double values_between_false_alarms);

}  // namespace beltwarden::spectra
