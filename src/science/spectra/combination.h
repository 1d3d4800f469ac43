// Averaging the best few of many predictors, chosen so that the error stated is that of the choice too.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace beltwarden::spectra {

struct Combination {
  std::vector<std::pair<int, double>> weights;   ///< columns used and their weights, which sum to 1
  Eigen::VectorXd predicted;       ///< each row by a choice made without the rows of its fold
  double rmse = 0;                 ///< of `predicted`
};

/// Greedy forward selection with replacement, at most `picks` picks (Caruana et al., ICML 2004), on cross-validated
/// predictions (rows x candidates). picks = 1 chooses the best single candidate.
Combination combine(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int picks);

/// The plain average of the `count` candidates of least error.
Combination average_of_best(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int count);

/// Mean difference of squared errors a - b, in its own standard errors over groups of rows.
double excess_in_standard_errors(const Eigen::VectorXd& error_a, const Eigen::VectorXd& error_b,
                                 const std::vector<std::uint32_t>& groups);

/// The least number of components (column + 1) whose cross-validated squared error exceeds that of the best by no more than
/// one standard error of the difference, and whose RMSECV by no more than its own standard error.
int components_by_one_standard_error(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y,
                                     const std::vector<std::uint32_t>& groups);

}  // namespace beltwarden::spectra
