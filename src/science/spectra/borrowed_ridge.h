// Regression of one class that leans on what others have taught: coefficients of all classes vary about common ones.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "base/result.h"

namespace beltwarden::spectra {

/// Rows of other classes with the same response. `label`: 0 ... classes - 1, one a row.
struct RelatedRows {
  Eigen::MatrixXd x;
  Eigen::VectorXd y;
  std::vector<int> label;
};

/// y = w_b z + noise within class b, everything minus the class's mean; w_b = u + v_b with u ~ N(0, s2) common to all and v_b ~ N(0, own s2)
/// of the class: a random-effects model (Laird and Ware, Biometrics 38 (1982) 963-974) on latent scores z. The others give u its
/// posterior, which with v is the prior of the class asked for.
struct BorrowedSetting {
  double own = 0.3;      ///< variance of what a class has of its own, relative to what is common
  double noise = 0.1;    ///< variance of the noise, relative to that of a class's response
};

struct BorrowedFit {
  BorrowedSetting setting;       ///< the one with the least error
  Eigen::VectorXd predicted;     ///< of each row, without its fold
  double constant = 0;
  Eigen::VectorXd coefficients;  ///< on x, of all rows
};
/// `fold` as of cross_fit; the rows of other classes are in every fit. Fails where `related` has no class of 20 rows.
Result<BorrowedFit> fit_borrowed(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds,
                                 const RelatedRows& related);

}  // namespace beltwarden::spectra
