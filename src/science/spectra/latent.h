// Spectra in few numbers: the directions in which a set of treated spectra varies.
#pragma once

#include <Eigen/Core>

#include "science/spectra/bytes.h"

namespace beltwarden::spectra {

/// Principal directions of (optionally autoscaled) rows, without the demand of Pca that all asked for exist: it is a change
/// of coordinates for other models, which keeps as many as carry anything.
struct Latent {
  Eigen::RowVectorXd mean;
  Eigen::RowVectorXd scale;      ///< 1 / standard deviation of each point, or ones
  Eigen::MatrixXd loadings;      ///< points x directions, orthonormal
  Eigen::VectorXd variance;      ///< of the scores, falling

  Eigen::Index directions() const { return loadings.cols(); }
  Eigen::MatrixXd scores(const Eigen::MatrixXd& x) const;
  void scores(const Eigen::VectorXd& x, Eigen::VectorXd& rest, Eigen::VectorXd& out) const;

  void write(ModelWriter& to) const;
  static Latent read(ModelReader& from);
};

/// At most `most` directions, and none with less than 1e-10 of the variance of the first. Above 200 rows and points by
/// randomised subspace iteration (Halko, Martinsson and Tropp, SIAM Review 53 (2011) 217-288, algorithms 4.4 and 5.1), from
/// a fixed seed.
Latent fit_latent(const Eigen::MatrixXd& x, int most, bool autoscale);

}  // namespace beltwarden::spectra
