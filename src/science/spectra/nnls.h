// Non-negative least squares: how much of each end-member is in a spectrum.
#pragma once

#include <Eigen/Core>

#include "base/result.h"

namespace beltwarden::spectra {

struct NnlsResult {
  Eigen::VectorXd x;           ///< one value a column, >= 0
  /// Standard uncertainty of each value, from the residuals: of a value above zero with the others above zero free, of
  /// a value at zero as if it alone were let go (so that "none found" comes with how much could hide).
  Eigen::VectorXd std_error;
  double residual_norm = 0;    ///< |A x - b|
  int free = 0;                ///< values above zero
};

/// The x >= 0 that makes |A x - b| least, by the active set method of Lawson and Hanson (Solving Least Squares Problems,
/// 1974, chapter 23, algorithm NNLS). A has at least as many rows as columns; all values finite. Fails where the method does
/// not end in 3 columns + 30 rounds, which only columns that depend on each other to rounding can cause.
Result<NnlsResult> nnls(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);

/// The same with the sum of x held at 1 (a fully constrained unmixing: Heinz and Chang, IEEE Trans. Geosci. Remote Sens.
/// 39 (2001) 529-545), by a row of ones of great weight.
Result<NnlsResult> nnls_sum_to_one(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);

}  // namespace beltwarden::spectra
