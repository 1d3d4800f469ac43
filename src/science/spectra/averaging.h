// What averaging scans along the material is worth: standard error and detection limit of a slice, 500 t and a lot.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace beltwarden::spectra {

/// Where the scatter of a quantity comes from. Variances in its unit squared.
struct Scatter {
  double lot = 0;       ///< shared by all slices of a lot: calibration and bias; no averaging removes it
  double slice = 0;     ///< between slices, of what is asked: errors of a slice's mean, or the slices themselves
  double scan = 0;      ///< between scans of one slice: spot sampling and noise
  double correlation = 0;   ///< of neighbouring scans of a slice, 0 ... 1: spots that overlap on the belt
  double slices = 0, scans = 0;   ///< it was estimated from

  /// Of the mean over `slices` slices of `scans` scans each (both >= 1).
  double std_error(double scans, double slices = 1) const;
};

/// Scans worth of independent information in `scans` neighbouring ones whose correlation falls as a first-order
/// autoregression: n / (1 + 2 sum (1 - k/n) r^k) (Bayley and Hammersley, J. R. Stat. Soc. Suppl. 8 (1946) 184-197).
double effective_scans(double scans, double correlation);

/// Between- and within-group variance of one-way random effects with unequal group sizes (Searle, Casella and McCulloch,
/// Variance Components (1992), 3.6), and the lag-one correlation within groups, values being in the order they were taken. At
/// least two groups, one of them of two values; NaN values are passed over. A negative estimate is zero.
Result<Scatter> estimate_scatter(std::span<const double> values, std::span<const std::uint32_t> groups);

/// How a detector's statistic grows with what it detects.
struct Response {
  double clean_mean = 0;
  double per_percent = 1;         ///< of the mean of the statistic (> 0)
};

/// Smallest content, %, found with probability 1 - `missed` at `false_alarms` false alarms, from the mean of `scans` scans of
/// each of `slices` slices: (z(1 - alpha) + z(1 - beta)) s / slope (Currie, Anal. Chem. 40 (1968) 586-593; ISO 11843-1).
double detection_limit(const Scatter& clean, const Response& response, double scans, double slices, double false_alarms, double missed);

/// A material stream in slices: what one slice, 500 t and a lot come to.
struct Stream {
  double slice_tonnes = 50;
  double scans_per_slice = 10;
  double lot_tonnes = 170000;
};
struct PerMass {
  double slice = 0, t500 = 0, lot = 0;
};
PerMass std_errors(const Scatter& error, const Stream& stream);
PerMass detection_limits(const Scatter& clean, const Response& response, const Stream& stream, double false_alarms, double missed);

}  // namespace beltwarden::spectra
