// Cross-validated PLS of one response: all folds side by side. A fold is all rows but a few, so that one pass over the
// spectra serves every fold: what would be two products with a vector a fold and component become two products with a
// matrix of a column a fold.
#include <algorithm>
#include <cmath>

#include "science/spectra/pls.h"

namespace beltwarden::spectra {
namespace {

struct Fold {
  Eigen::Index inside = 0;        ///< rows it is fitted on; 0 = nothing is left out, no model
  double mean_y = 0;
  Eigen::VectorXd mean_x;         ///< from the mean of all rows
  double start = 0;               ///< norm of X'y
  int most = 0, components = 0;   ///< components it can have, has
  Eigen::MatrixXd rotations, loadings;
  Eigen::VectorXd y_loadings, score_variance;
  bool active() const { return components < most; }
};

Result<std::vector<Fold>> begin(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int most) {
  if (x.rows() < 3 || x.rows() != y.size() || x.cols() < 1 || static_cast<Eigen::Index>(fold.size()) != x.rows()) {
    return invalid_input("PLS: expected at least 3 spectra and as many responses and folds, found " + std::to_string(x.rows()) + ", " +
                         std::to_string(y.size()) + " and " + std::to_string(fold.size()));
  }
  if (folds < 1 || std::ranges::any_of(fold, [&](int f) { return f < 0 || f >= folds; })) {
    return invalid_input("PLS: expected folds from 0 to " + std::to_string(folds - 1));
  }
  if (most < 1) return invalid_input("PLS: expected at least one component");
  if (!x.allFinite() || !y.allFinite()) return invalid_input("PLS: spectra or responses contain missing values");
  std::vector<Fold> out(static_cast<std::size_t>(folds));
  for (int f = 0; f < folds; ++f) {
    Fold& each = out[static_cast<std::size_t>(f)];
    const auto outside = std::ranges::count(fold, f);
    if (outside == 0) continue;
    each.inside = x.rows() - outside;
    if (each.inside < 3) {
      return invalid_input("PLS: expected at least 3 spectra without those of a fold, found " + std::to_string(each.inside));
    }
    each.mean_x = Eigen::VectorXd::Zero(x.cols());
    double sum = 0;
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      if (fold[static_cast<std::size_t>(i)] != f) sum += y[i];
    }
    each.mean_y = sum / static_cast<double>(each.inside);
    each.most = static_cast<int>(std::min<Eigen::Index>({most, each.inside - 1, x.cols()}));
    each.rotations.resize(x.cols(), each.most);
    each.loadings.resize(x.cols(), each.most);
    each.y_loadings.resize(each.most);
    each.score_variance.resize(each.most);
  }
  return out;
}

Pls finished(Fold&& fold, const Eigen::RowVectorXd& mean) {
  const int a = fold.components;
  Pls out;
  out.rows = static_cast<int>(fold.inside);
  out.mean_x = mean + fold.mean_x.transpose();
  out.mean_y = Eigen::RowVectorXd::Constant(1, fold.mean_y);
  out.rotations = fold.rotations.leftCols(a);
  out.loadings = fold.loadings.leftCols(a);
  out.y_loadings = fold.y_loadings.head(a).transpose();
  out.score_variance = fold.score_variance.head(a);
  return out;
}

}  // namespace

// The improved kernel algorithm of fit_pls, a column a fold.
Result<CrossFit> cross_fit(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int most) {
  auto begun = begin(x, y, fold, folds, most);
  if (!begun) return begun.error();
  std::vector<Fold>& state = *begun;
  const auto n = x.rows(), p = x.cols();
  // Centred once over all rows: the means of the folds are small then, and taking them off later costs no digits.
  const Eigen::RowVectorXd mean = x.colwise().mean();
  const Eigen::MatrixXd xc = x.rowwise() - mean;
  Eigen::MatrixXd scores(n, folds), weights = Eigen::MatrixXd::Zero(p, folds), work(p, folds);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (int f = 0; f < folds; ++f) {
      const Fold& each = state[static_cast<std::size_t>(f)];
      scores(i, f) = each.inside > 0 && fold[static_cast<std::size_t>(i)] != f ? y[i] - each.mean_y : 0;
    }
  }
  Eigen::MatrixXd xty = xc.transpose() * scores;
  CrossFit out{std::vector<Pls>(static_cast<std::size_t>(folds)), Eigen::MatrixXd(n, most)};
  Eigen::VectorXd value(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    Fold& own = state[static_cast<std::size_t>(fold[static_cast<std::size_t>(i)])];
    own.mean_x -= xc.row(i).transpose() / static_cast<double>(own.inside);   // the sum over all rows is zero
    value[i] = own.mean_y;
  }
  for (int f = 0; f < folds; ++f) {
    Fold& each = state[static_cast<std::size_t>(f)];
    each.start = xty.col(f).norm();
    if (each.inside > 0 && !(each.start > 0)) return invalid_input("PLS: the responses do not vary with the spectra");
  }
  for (int a = 0; a < most; ++a) {
    for (int f = 0; f < folds; ++f) {
      Fold& each = state[static_cast<std::size_t>(f)];
      weights.col(f).setZero();
      if (!each.active()) continue;
      const double norm = xty.col(f).norm();
      if (!(norm > 1e-12 * each.start)) {
        each.most = each.components;   // nothing more to explain
        continue;
      }
      const Eigen::VectorXd w = xty.col(f) / norm;
      weights.col(f) = w;
      if (a > 0) weights.col(f).noalias() -= each.rotations.leftCols(a) * (each.loadings.leftCols(a).transpose() * w);
    }
    scores.noalias() = xc * weights;
    for (int f = 0; f < folds; ++f) {
      const Fold& each = state[static_cast<std::size_t>(f)];
      if (each.active()) scores.col(f).array() -= each.mean_x.dot(weights.col(f));
    }
    // Rows left out are predicted by these scores; then they are out.
    for (Eigen::Index i = 0; i < n; ++i) {
      const int f = fold[static_cast<std::size_t>(i)];
      const Fold& own = state[static_cast<std::size_t>(f)];
      out.predicted(i, a) = own.active() ? scores(i, f) : 0;
      scores(i, f) = 0;
    }
    work.noalias() = xc.transpose() * scores;
    for (int f = 0; f < folds; ++f) {
      Fold& each = state[static_cast<std::size_t>(f)];
      if (!each.active()) continue;
      const double tt = scores.col(f).squaredNorm();
      if (!(tt > 0)) {
        each.most = each.components;
        continue;
      }
      each.rotations.col(a) = weights.col(f);
      each.loadings.col(a) = (work.col(f) - each.mean_x * scores.col(f).sum()) / tt;
      each.y_loadings[a] = xty.col(f).dot(weights.col(f)) / tt;
      each.score_variance[a] = tt / static_cast<double>(each.inside - 1);
      xty.col(f) -= each.loadings.col(a) * (each.y_loadings[a] * tt);
      ++each.components;
    }
    for (Eigen::Index i = 0; i < n; ++i) {
      const Fold& own = state[static_cast<std::size_t>(fold[static_cast<std::size_t>(i)])];
      if (own.components == a + 1) value[i] += out.predicted(i, a) * own.y_loadings[a];
      out.predicted(i, a) = value[i];
    }
  }
  for (int f = 0; f < folds; ++f) {
    Fold& each = state[static_cast<std::size_t>(f)];
    if (each.inside == 0) continue;
    if (each.components == 0) return invalid_input("PLS: the responses do not vary with the spectra");
    out.without[static_cast<std::size_t>(f)] = finished(std::move(each), mean);
  }
  return out;
}

}  // namespace beltwarden::spectra
