#include "science/spectra/linear_algebra.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <algorithm>

namespace beltwarden::spectra {

using Eigen::MatrixXd, Eigen::VectorXd;

SymmetricEigen::SymmetricEigen(const MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(symmetric);
  values = eigen.eigenvalues();
  vectors = eigen.eigenvectors();
}

MatrixXd orthonormal_basis(const MatrixXd& m) {
  const Eigen::HouseholderQR<MatrixXd> qr(m);
  return qr.householderQ() * MatrixXd::Identity(m.rows(), std::min(m.rows(), m.cols()));
}

RightSingular right_singular(const MatrixXd& m) {
  const bool wide = m.cols() > m.rows();
  const SymmetricEigen eigen(wide ? MatrixXd(m * m.transpose()) : MatrixXd(m.transpose() * m));
  RightSingular out{eigen.values.cwiseMax(0).cwiseSqrt().reverse(), eigen.vectors.rowwise().reverse()};
  if (!wide) return out;
  const VectorXd scale = out.values.cwiseMax(1e-300).cwiseInverse();
  out.vectors = m.transpose() * out.vectors * scale.asDiagonal();
  return out;
}

RightSingular accurate_right_singular(const MatrixXd& m) {
  const Eigen::JacobiSVD<MatrixXd> svd(m, Eigen::ComputeThinV);
  return {svd.singularValues(), svd.matrixV()};
}

Cholesky::Cholesky(const MatrixXd& symmetric) {
  const Eigen::LLT<MatrixXd> llt(symmetric);
  factor_ = llt.matrixL();
  positive_definite_ = llt.info() == Eigen::Success;
}

MatrixXd Cholesky::solve(const MatrixXd& right) const {
  MatrixXd x = right;
  factor_.triangularView<Eigen::Lower>().solveInPlace(x);
  factor_.triangularView<Eigen::Lower>().transpose().solveInPlace(x);
  return x;
}

VectorXd Cholesky::solve(const VectorXd& right) const {
  VectorXd x = right;
  factor_.triangularView<Eigen::Lower>().solveInPlace(x);
  factor_.triangularView<Eigen::Lower>().transpose().solveInPlace(x);
  return x;
}

VectorXd Cholesky::whiten(const VectorXd& right) const { return factor_.triangularView<Eigen::Lower>().solve(right); }

MatrixXd Cholesky::whitening() const {
  return factor_.triangularView<Eigen::Lower>().solve(MatrixXd::Identity(factor_.rows(), factor_.cols()));
}

VectorXd least_squares(const MatrixXd& a, const VectorXd& b) { return a.colPivHouseholderQr().solve(b); }

PseudoInverse pseudo_inverse(const MatrixXd& m) {
  const Eigen::CompleteOrthogonalDecomposition<MatrixXd> parts(m);
  return {parts.pseudoInverse(), parts.rank()};
}

VectorXd solve_square(const MatrixXd& a, const VectorXd& b) { return a.partialPivLu().solve(b); }

}  // namespace beltwarden::spectra
