// Support vector classification with a Gaussian kernel, one machine for each pair of classes.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "base/result.h"
#include "science/spectra/bytes.h"

namespace beltwarden::spectra {

/// A two-class machine on rows whose kernel is known: decision = sum of coefficient * kernel - offset.
struct SvmPair {
  Eigen::VectorXd coefficients;   ///< alpha * y, one a row
  double offset = 0;
  int steps = 0;
};

/// Solves the dual of C-SVC by sequential minimal optimisation with second-order working sets (Fan, Chen and Lin, J. Mach.
/// Learn. Res. 6 (2005) 1889-1918), to a violation of `tolerance`. `kernel` is symmetric; `sign` is +1 or -1 a row.
SvmPair solve_svm(const Eigen::MatrixXd& kernel, const Eigen::VectorXd& sign, double c, double tolerance = 1e-3);

struct SvmOptions {
  double c = 10;
  double gamma = 1;        ///< kernel exp(-gamma |a - b|^2 / columns), so that standardised columns need no other scale
};

/// Machines for all pairs; rows are features, standardised by the caller. Immutable after fitting.
class Svm {
 public:
  Svm() = default;

  /// `label` in 0 ... classes - 1.
  static Result<Svm> fit(const Eigen::MatrixXd& x, const std::vector<int>& label, int classes, const SvmOptions& options);

  int classes() const { return classes_; }
  Eigen::Index features() const { return support_.cols(); }
  Eigen::Index support_vectors() const { return support_.rows(); }
  /// Score of each class: mean over its pairs of 1 / (1 + exp(-slope * decision)); the largest is the class named.
  /// Allocates nothing once `kernel` and `out` have their sizes.
  void scores(const Eigen::VectorXd& x, Eigen::VectorXd& kernel, Eigen::VectorXd& out) const;

  void write(ModelWriter& to) const;
  static Svm read(ModelReader& from);

 private:
  int classes_ = 0;
  double gamma_ = 1;
  void settle() { squares_ = support_.rowwise().squaredNorm(); }

  Eigen::MatrixXd support_;        ///< support vectors x features
  Eigen::VectorXd squares_;        ///< their squared lengths
  Eigen::MatrixXd coefficients_;   ///< support vectors x pairs (0,1), (0,2) ... (1,2) ...
  Eigen::VectorXd offsets_;        ///< a pair
};

/// What machines fitted without a row's fold score it: rows x classes. `kernel` is that of all rows; classes that a fold lacks score 0.
Eigen::MatrixXd cross_svm(const Eigen::MatrixXd& kernel, const std::vector<int>& label, int classes, const std::vector<int>& fold, int folds,
                          double c);

/// exp(-gamma |a_i - b_j|^2 / columns).
Eigen::MatrixXd gaussian_kernel(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, double gamma);

}  // namespace beltwarden::spectra
