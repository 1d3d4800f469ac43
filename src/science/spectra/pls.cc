#include "science/spectra/pls.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/rng.h"
#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {
namespace {

Result<void> check_blocks(const Eigen::MatrixXd& x, const Eigen::MatrixXd& y, int components) {
  if (x.rows() < 3 || x.rows() != y.rows() || x.cols() < 1 || y.cols() < 1) {
    return invalid_input("PLS: expected at least 3 spectra and as many responses, found " + std::to_string(x.rows()) +
                         " and " + std::to_string(y.rows()));
  }
  if (components < 1) return invalid_input("PLS: expected at least one component");
  if (!x.allFinite() || !y.allFinite()) return invalid_input("PLS: spectra or responses contain missing values");
  return {};
}

Distance measure(const Eigen::VectorXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& rest) {
  return {(scores.array().square() / variance.array()).sum(), rest.squaredNorm()};
}

}  // namespace

Eigen::MatrixXd Pls::coefficients(int components) const {
  const int a = std::clamp(components, 0, this->components());
  return rotations.leftCols(a) * y_loadings.leftCols(a).transpose();
}

Distance Pls::distance(const Eigen::VectorXd& x, Eigen::VectorXd& scores, Eigen::VectorXd& rest) const {
  rest = x - mean_x.transpose();
  scores.noalias() = rotations.transpose() * rest;
  rest.noalias() -= loadings * scores;
  return measure(scores, score_variance, rest);
}

Result<Pls> fit_pls(const Eigen::MatrixXd& x, const Eigen::MatrixXd& y, int components) {
  if (auto ok = check_blocks(x, y, components); !ok) return ok.error();
  const auto n = x.rows(), p = x.cols(), m = y.cols();
  const int most = static_cast<int>(std::min<Eigen::Index>({components, n - 1, p}));
  Pls out;
  out.rows = static_cast<int>(n);
  out.mean_x = x.colwise().mean();
  out.mean_y = y.colwise().mean();
  const Eigen::MatrixXd xc = x.rowwise() - out.mean_x;
  Eigen::MatrixXd xty = xc.transpose() * (y.rowwise() - out.mean_y);
  const double start = xty.norm();
  out.rotations.resize(p, most);
  out.loadings.resize(p, most);
  out.y_loadings.resize(m, most);
  out.score_variance.resize(most);
  Eigen::MatrixXd weights(p, most);
  int a = 0;
  for (; a < most; ++a) {
    Eigen::VectorXd w;
    if (m == 1) {
      w = xty.col(0);
    } else {
      // The dominant right singular vector of X'Y, from its small Gram matrix.
      const SymmetricEigen eigen(xty.transpose() * xty);
      w = xty * eigen.vectors.col(m - 1);
    }
    const double norm = w.norm();
    if (!(norm > 1e-12 * start) || norm == 0) break;
    w /= norm;
    Eigen::VectorXd r = w;
    for (int j = 0; j < a; ++j) r -= out.loadings.col(j).dot(w) * out.rotations.col(j);
    const Eigen::VectorXd t = xc * r;
    const double tt = t.squaredNorm();
    if (!(tt > 0)) break;
    const Eigen::VectorXd loading = xc.transpose() * t / tt;
    const Eigen::VectorXd q = xty.transpose() * r / tt;
    xty -= loading * q.transpose() * tt;
    weights.col(a) = w;
    out.rotations.col(a) = r;
    out.loadings.col(a) = loading;
    out.y_loadings.col(a) = q;
    out.score_variance[a] = tt / static_cast<double>(n - 1);
  }
  if (a == 0) return invalid_input("PLS: the responses do not vary with the spectra");
  out.rotations.conservativeResize(p, a);
  out.loadings.conservativeResize(p, a);
  out.y_loadings.conservativeResize(m, a);
  out.score_variance.conservativeResize(a);
  return out;
}

std::vector<int> deal_folds(const std::vector<std::uint32_t>& groups, int folds, std::uint64_t seed) {
  std::map<std::uint32_t, int> fold_of;
  std::vector<std::uint32_t> order;
  for (auto g : groups) {
    if (fold_of.emplace(g, 0).second) order.push_back(g);
  }
  Rng rng(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  for (std::size_t i = 0; i < order.size(); ++i) fold_of[order[i]] = static_cast<int>(i) % folds;
  std::vector<int> out;
  for (auto g : groups) out.push_back(fold_of[g]);
  return out;
}

Pls truncated(const Pls& pls, int components) {
  const int a = std::clamp(components, 1, pls.components());
  return {pls.rows, pls.mean_x, pls.mean_y, pls.rotations.leftCols(a), pls.loadings.leftCols(a), pls.y_loadings.leftCols(a),
          pls.score_variance.head(a)};
}

int choose_components(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y, double slack) {
  const Eigen::VectorXd rmse = ((predicted.colwise() - y).array().square().colwise().mean().sqrt()).transpose();
  const double best = rmse.minCoeff();
  for (Eigen::Index a = 0; a < rmse.size(); ++a) {
    if (rmse[a] <= best * (1 + slack)) return static_cast<int>(a) + 1;
  }
  return static_cast<int>(rmse.size());
}

Distance Pca::distance(const Eigen::VectorXd& x, Eigen::VectorXd& scores, Eigen::VectorXd& rest) const {
  rest = x - mean;
  scores.noalias() = loadings.transpose() * rest;
  rest.noalias() -= loadings * scores;
  return measure(scores, variance, rest);
}

Result<Pca> fit_pca(const Eigen::MatrixXd& x, int components) {
  const auto n = x.rows(), p = x.cols();
  if (n < 3 || p < 1 || components < 1 || components >= n || components > p || !x.allFinite()) {
    return invalid_input("PCA: expected more complete spectra than components, found " + std::to_string(n) +
                         " spectra for " + std::to_string(components) + " components");
  }
  Pca out;
  out.rows = static_cast<int>(n);
  out.mean = x.colwise().mean().transpose();
  const Eigen::MatrixXd xc = x.rowwise() - out.mean.transpose();
  const bool tall = n > p;
  // Eigenvectors of whichever Gram matrix is smaller.
  const SymmetricEigen eigen((tall ? Eigen::MatrixXd(xc.transpose() * xc) : Eigen::MatrixXd(xc * xc.transpose())) /
                             static_cast<double>(n - 1));
  const Eigen::VectorXd values = eigen.values.reverse();
  out.loadings.resize(p, components);
  out.variance = values.head(components);
  for (int a = 0; a < components; ++a) {
    Eigen::VectorXd v = eigen.vectors.col(eigen.vectors.cols() - 1 - a);
    if (!tall) v = xc.transpose() * v;
    out.loadings.col(a) = v.normalized();
  }
  // A Gram matrix has the squares of the singular values, and half their digits: the subspace is right, the turn within it is taken from the
  // rows themselves.
  const Eigen::MatrixXd basis = orthonormal_basis(out.loadings);
  const auto turned = accurate_right_singular(xc * basis);
  out.loadings = basis * turned.vectors;
  out.variance = turned.values.array().square() / static_cast<double>(n - 1);
  for (int a = 0; a < components; ++a) {
    Eigen::Index largest = 0;
    out.loadings.col(a).cwiseAbs().maxCoeff(&largest);
    if (out.loadings(largest, a) < 0) out.loadings.col(a) *= -1;
  }
  if (!(out.variance.minCoeff() > 1e-14 * out.variance.maxCoeff())) {
    return invalid_input("PCA: the spectra vary in fewer than " + std::to_string(components) + " ways");
  }
  const auto rest = std::min(n - 1, p) - components;
  out.left_out = values.segment(components, std::max<Eigen::Index>(rest, 0)).cwiseMax(0.0);
  return out;
}

void Pls::write(ModelWriter& to) const {
  to.u32(static_cast<std::uint32_t>(rows));
  to.vector(mean_x.transpose());
  to.vector(mean_y.transpose());
  to.matrix(rotations);
  to.matrix(loadings);
  to.matrix(y_loadings);
  to.vector(score_variance);
}

Pls Pls::read(ModelReader& from) {
  Pls m;
  m.rows = static_cast<int>(from.u32(1u << 30));
  m.mean_x = from.vector().transpose();
  m.mean_y = from.vector().transpose();
  m.rotations = from.matrix();
  m.loadings = from.matrix();
  m.y_loadings = from.matrix();
  m.score_variance = from.vector();
  const auto p = m.mean_x.size(), a = m.rotations.cols();
  if (m.rotations.rows() != p || m.loadings.rows() != p || m.loadings.cols() != a || m.y_loadings.cols() != a ||
      m.y_loadings.rows() != m.mean_y.size() || m.score_variance.size() != a || p == 0 || a == 0 || m.rows < 3) {
    from.fail("PLS parts do not fit each other");
  }
  return m;
}

void Pca::write(ModelWriter& to) const {
  to.u32(static_cast<std::uint32_t>(rows));
  to.vector(mean);
  to.matrix(loadings);
  to.vector(variance);
  to.vector(left_out);
}

Pca Pca::read(ModelReader& from) {
  Pca m;
  m.rows = static_cast<int>(from.u32(1u << 30));
  m.mean = from.vector();
  m.loadings = from.matrix();
  m.variance = from.vector();
  m.left_out = from.vector();
  if (m.loadings.rows() != m.mean.size() || m.loadings.cols() != m.variance.size() || m.variance.size() == 0 || m.rows < 3) {
    from.fail("PCA parts do not fit each other");
  }
  return m;
}

}  // namespace beltwarden::spectra
