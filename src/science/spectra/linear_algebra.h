// The factorizations that the models share, compiled once: Eigen's templates cost seconds wherever they are used.
#pragma once

#include <Eigen/Core>

namespace beltwarden::spectra {

/// A symmetric matrix' eigenvalues, ascending, and their vectors, a column each.
struct SymmetricEigen {
  Eigen::VectorXd values;
  Eigen::MatrixXd vectors;
  explicit SymmetricEigen(const Eigen::MatrixXd& symmetric);
};

/// An orthonormal basis of the columns of `m`, as many as the smaller of its sides (Householder).
Eigen::MatrixXd orthonormal_basis(const Eigen::MatrixXd& m);

/// Singular values, descending, and right singular vectors, a column each, by the eigenvectors of the smaller of m m' and
/// m'm: values below 1e-8 of the first are noise, and so are their vectors.
struct RightSingular {
  Eigen::VectorXd values;
  Eigen::MatrixXd vectors;
};
RightSingular right_singular(const Eigen::MatrixXd& m);

/// The same by Jacobi's rotations: slower, and right to the last digits of the small values too.
RightSingular accurate_right_singular(const Eigen::MatrixXd& m);

/// A symmetric positive definite matrix as L L'.
class Cholesky {
 public:
  explicit Cholesky(const Eigen::MatrixXd& symmetric);
  bool positive_definite() const { return positive_definite_; }
  const Eigen::MatrixXd& factor() const { return factor_; }        ///< L, lower triangular
  Eigen::MatrixXd solve(const Eigen::MatrixXd& right) const;       ///< the matrix' inverse times `right`
  Eigen::VectorXd solve(const Eigen::VectorXd& right) const;
  Eigen::VectorXd whiten(const Eigen::VectorXd& right) const;      ///< L's inverse times `right`
  Eigen::MatrixXd whitening() const;                               ///< L's inverse: takes the covariance to the identity

 private:
  Eigen::MatrixXd factor_;
  bool positive_definite_ = false;
};

/// The `x` that makes a x nearest to `b` (column-pivoting Householder).
Eigen::VectorXd least_squares(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);

/// Moore and Penrose's inverse, and the rank found (complete orthogonal decomposition).
struct PseudoInverse {
  Eigen::MatrixXd matrix;
  Eigen::Index rank = 0;
};
PseudoInverse pseudo_inverse(const Eigen::MatrixXd& m);

/// Solves a x = b for an invertible `a` (partial pivoting).
Eigen::VectorXd solve_square(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);

}  // namespace beltwarden::spectra
