#include "science/spectra/latent.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {
namespace {

constexpr Eigen::Index kSmallSide = 200;
constexpr double kLeastLength = 1e-10;

// Points x directions that span the leading row space of x.
Eigen::MatrixXd row_space(const Eigen::MatrixXd& x, Eigen::Index directions) {
  Rng rng(20111);
  Eigen::MatrixXd at(x.cols(), std::min(directions + 10, std::min(x.rows(), x.cols())));
  for (Eigen::Index j = 0; j < at.cols(); ++j) {
    for (Eigen::Index i = 0; i < at.rows(); ++i) at(i, j) = rng.normal();
  }
  for (int pass = 0; pass < 4; ++pass) at = orthonormal_basis(x.transpose() * (x * at));
  return at;
}

}  // namespace

Eigen::MatrixXd Latent::scores(const Eigen::MatrixXd& x) const {
  return ((x.rowwise() - mean).array().rowwise() * scale.array()).matrix() * loadings;
}

void Latent::scores(const Eigen::VectorXd& x, Eigen::VectorXd& rest, Eigen::VectorXd& out) const {
  rest = (x - mean.transpose()).cwiseProduct(scale.transpose());
  out.noalias() = loadings.transpose() * rest;
}

Latent fit_latent(const Eigen::MatrixXd& x, int most, bool autoscale) {
  Latent out;
  const auto n = x.rows(), p = x.cols();
  out.mean = x.colwise().mean();
  out.scale = Eigen::RowVectorXd::Ones(p);
  Eigen::MatrixXd xc = x.rowwise() - out.mean;
  const double dof = static_cast<double>(std::max<Eigen::Index>(n - 1, 1));
  if (autoscale) {
    const Eigen::RowVectorXd sd = (xc.colwise().squaredNorm() / dof).cwiseSqrt();
    const double least = 1e-6 * sd.maxCoeff();
    for (Eigen::Index j = 0; j < p; ++j) out.scale[j] = sd[j] > least && sd[j] > 0 ? 1 / sd[j] : 0;
    xc.array().rowwise() *= out.scale.array();
  }
  const Eigen::Index wanted = std::min<Eigen::Index>({most, n - 1, p});
  Eigen::MatrixXd basis;                      // an orthonormal basis that the directions lie in
  if (std::min(n, p) > kSmallSide) {
    basis = row_space(xc, wanted);
  } else if (p <= n) {
    basis = Eigen::MatrixXd::Identity(p, p);
  } else {
    basis = orthonormal_basis(xc.transpose());
  }
  const Eigen::MatrixXd inside = xc * basis;
  const SymmetricEigen eigen(inside.transpose() * inside / dof);
  const Eigen::VectorXd values = eigen.values.reverse();
  Eigen::Index kept = 0;
  while (kept < std::min(wanted, values.size()) && values[kept] > kLeastLength * values[0] && values[kept] > 0) ++kept;
  kept = std::max<Eigen::Index>(kept, 1);
  out.loadings = basis * eigen.vectors.rowwise().reverse().leftCols(kept);
  out.variance = values.head(kept).cwiseMax(1e-300);
  for (Eigen::Index a = 0; a < kept; ++a) {
    Eigen::Index largest = 0;
    out.loadings.col(a).cwiseAbs().maxCoeff(&largest);
    if (out.loadings(largest, a) < 0) out.loadings.col(a) *= -1;
  }
  return out;
}

void Latent::write(ModelWriter& to) const {
  to.vector(mean.transpose());
  to.vector(scale.transpose());
  to.matrix(loadings);
  to.vector(variance);
}

Latent Latent::read(ModelReader& from) {
  Latent m;
  m.mean = from.vector().transpose();
  m.scale = from.vector().transpose();
  m.loadings = from.matrix();
  m.variance = from.vector();
  if (m.scale.size() != m.mean.size() || m.loadings.rows() != m.mean.size() || m.loadings.cols() != m.variance.size() ||
      m.variance.size() == 0 || !(m.variance.minCoeff() > 0)) {
    from.fail("latent directions do not fit each other");
  }
  return m;
}

}  // namespace beltwarden::spectra
