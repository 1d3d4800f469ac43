// Partial least squares and principal components: fitting, projecting, cross-validating.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "science/spectra/bytes.h"

namespace beltwarden::spectra {

/// How far a spectrum lies from what a latent-variable model was fitted on.
struct Distance {
  double t2 = 0;   ///< Hotelling's T2: within the model's plane, in its own variances
  double q = 0;    ///< squared distance to the plane
};

/// PLS regression, centred, not scaled, for one or more responses.
struct Pls {
  int rows = 0;                     ///< it was fitted on
  Eigen::RowVectorXd mean_x, mean_y;
  Eigen::MatrixXd rotations;        ///< points x components: scores t = (x - mean_x) * rotations
  Eigen::MatrixXd loadings;         ///< points x components
  Eigen::MatrixXd y_loadings;       ///< responses x components
  Eigen::VectorXd score_variance;   ///< t't / (rows - 1)

  int components() const { return static_cast<int>(rotations.cols()); }
  /// points x responses, of the first `components` (at most those fitted).
  Eigen::MatrixXd coefficients(int components) const;
  Distance distance(const Eigen::VectorXd& x, Eigen::VectorXd& scores, Eigen::VectorXd& rest) const;

  void write(ModelWriter& to) const;
  static Pls read(ModelReader& from);
};

/// Fits by the improved kernel algorithm no. 1 (Dayal and MacGregor, J. Chemometrics 11 (1997) 73-85), whose
/// coefficients equal those of NIPALS and, for one response, SIMPLS. Fewer components than asked for come out where the
/// data have no more.
Result<Pls> fit_pls(const Eigen::MatrixXd& x, const Eigen::MatrixXd& y, int components);

/// Deals rows into `folds` parts so that rows of one group stay together; the same for a seed. `groups` has an entry a row.
std::vector<int> deal_folds(const std::vector<std::uint32_t>& groups, int folds, std::uint64_t seed);

/// The first `components` of a fitted model: what a fit of that many would have given.
Pls truncated(const Pls& pls, int components);

/// One response fitted `folds` times, each time without the rows of one fold.
struct CrossFit {
  std::vector<Pls> without;        ///< by fold; no components where a fold could not be left out
  Eigen::MatrixXd predicted;       ///< rows x components: each row as predicted with 1 ... `most` components, unseen
};
Result<CrossFit> cross_fit(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int most);

/// The least number of components whose RMSECV is within `slack` (relative) of the best.
int choose_components(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y, double slack = 0.02);

/// Principal components of centred rows.
struct Pca {
  int rows = 0;
  Eigen::VectorXd mean;
  Eigen::MatrixXd loadings;         ///< points x components; the largest element of each is positive
  Eigen::VectorXd variance;         ///< of the scores, n-1
  Eigen::VectorXd left_out;         ///< variances of the components not kept

  int components() const { return static_cast<int>(loadings.cols()); }
  Distance distance(const Eigen::VectorXd& x, Eigen::VectorXd& scores, Eigen::VectorXd& rest) const;

  void write(ModelWriter& to) const;
  static Pca read(ModelReader& from);
};

Result<Pca> fit_pca(const Eigen::MatrixXd& x, int components);

}  // namespace beltwarden::spectra
