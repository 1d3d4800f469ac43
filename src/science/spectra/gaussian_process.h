// Regression by a Gaussian process on latent scores: a line, and a smooth departure from it where the data show one.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "science/spectra/bytes.h"

namespace beltwarden::spectra {

/// k(a, b) = constant + line <a, b> + smooth M(|a - b| / length) + noise [a is b], on coordinates that are scores divided by
/// (their standard deviation)^whitening and scaled to a mean squared length of 1; responses have unit variance.
/// M is Matern's 5/2 (Rasmussen and Williams 2006, eq. 4.17). smooth = 0 is ridge regression.
struct GpKernel {
  double whitening = 0.5;        ///< 0: distances as in the spectra; 1: every direction counts alike
  int directions = 60;           ///< of the leading scores
  double length = 1, line = 1, smooth = 1, noise = 0.1;
};

class GaussianProcess {
 public:
  /// `scores` rows x directions, `variance` of each direction (Latent).
  static Result<GaussianProcess> fit(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                                     const GpKernel& kernel);

  struct Answer {
    double value = 0;
    double variance = 0;         ///< of a new observation, noise included
  };
  Answer predict(const Eigen::VectorXd& scores, Eigen::VectorXd& work) const;
  const GpKernel& kernel() const { return kernel_; }
  Eigen::Index directions() const { return weight_.size(); }

  void write(ModelWriter& to) const;
  static GaussianProcess read(ModelReader& from);

 private:
  GpKernel kernel_;
  Eigen::VectorXd weight_;       ///< of each score
  Eigen::MatrixXd rows_;         ///< directions x rows: coordinates of the training rows
  Eigen::VectorXd alpha_;
  Eigen::MatrixXd factor_;       ///< lower Cholesky factor of the covariance; made again on reading
  double mean_y_ = 0, sd_y_ = 1;
};

/// What each row would be called by a fit without its fold: exact, from one factorisation, as the inverse of a bordered
/// matrix allows (Rasmussen and Williams 2006, 5.4.2, for single rows; blocks alike).
struct GpCross {
  Eigen::VectorXd predicted;
  Eigen::VectorXd variance;
  double mean_square = 0;        ///< of the errors
};
Result<GpCross> cross_gp(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                         const std::vector<int>& fold, int folds, const GpKernel& kernel);

/// Searches noise, length and line for the least cross-validated error on `most_rows` of the rows, by coordinates with steps that
/// shrink over `rounds`. `least` is the mean squared error found, in variances of the response.
GpKernel tune_gp(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                 const std::vector<int>& fold, int folds, GpKernel start, int most_rows, int rounds, double* least);

}  // namespace beltwarden::spectra
