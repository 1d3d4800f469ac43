// What the files of the slag screen share. Not for others.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "science/spectra/statistics.h"

namespace beltwarden::spectra::slag_parts {

inline constexpr Eigen::Index kMostBins = 256;      // finer axes are averaged: 300 rows do not tell more directions apart
inline constexpr Eigen::Index kFewestRows = 30;
inline constexpr std::size_t kMostMembers = 256;
inline constexpr Eigen::Index kLaws = 2, kTrials = 30;     // slags a law
inline constexpr std::size_t kSlicesTried = 8;      // clean slices into which known shares are mixed
inline constexpr double kFound = 0.9;               // of contents at the detection limit, and of slags
// The largest detection limit that is stated. Beyond it the steps of a path lie too far apart and too many of the few slags drawn are as hard as the
// hardest tenth: of single scans of nearly black ore 52 % was stated and slag of two furnaces found 19 times in 80 at 50 %.
inline constexpr double kMostStated = 0.5;
inline constexpr double kLeastUnsure = 0.02;        // of the share: for none, and for nothing but slag too

inline Eigen::MatrixXd covariance_of(const Eigen::MatrixXd& x) {
  const Eigen::MatrixXd off = x.rowwise() - x.colwise().mean();
  return off.transpose() * off / std::max<double>(1, static_cast<double>(x.rows() - 1));
}

inline double mean_of(const std::vector<double>& v) {
  double sum = 0;
  for (double x : v) sum += x;
  return sum / static_cast<double>(v.size());
}

inline double sd_of(const std::vector<double>& v) {
  const double m = mean_of(v);
  double sum = 0;
  for (double x : v) sum += (x - m) * (x - m);
  return std::max(std::sqrt(sum / static_cast<double>(v.size() - 1)), 1e-9);
}

// Limit in standard deviations for one more mean: Student's t, because mean and sd are estimates from `slices` slices; or what the means
// show themselves where that is more.
inline double limit_of(std::vector<double> v, double slices, double alpha) {
  const double m = mean_of(v), sd = sd_of(v);
  std::ranges::sort(v);
  const double seen = (sorted_quantile(v, 1 - alpha) - m) / sd;
  return std::max(seen, std::sqrt(1 + 1 / slices) * t_quantile(1 - alpha, slices - 1));
}

// Columns averaged into `bins`.
Eigen::MatrixXd bin(const Eigen::MatrixXd& x, Eigen::Index bins);

// The share at which something that grows with slag is first at `needed`, by law of mixing: of nine in ten slags, under the law that shows them less;
// 1 where that is more than kMostStated.
// `grown`: (laws x slags) x steps, from `at_none` without slag.
double least_share(const Eigen::MatrixXd& grown, double at_none, double needed);

struct NearestOnPath {
  double share = 0, squared = 0, per_share = 1;   ///< per_share: length of the path for a whole share, there
};

using Groups = std::map<std::uint32_t, std::vector<Eigen::Index>>;

}  // namespace beltwarden::spectra::slag_parts
