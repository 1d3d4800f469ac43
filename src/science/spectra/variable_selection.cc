#include "science/spectra/variable_selection.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {

Eigen::VectorXd vip(const Pls& pls) {
  const auto p = pls.rotations.rows();
  // The weights of PLS1 are orthonormal and the rotations are them times a triangle: the Q of a QR decomposition.
  const Eigen::MatrixXd weights = orthonormal_basis(pls.rotations);
  const Eigen::VectorXd explained = pls.y_loadings.row(0).transpose().array().square() * pls.score_variance.array();
  const double total = std::max(explained.sum(), 1e-300);
  return ((weights.array().square().matrix() * explained) * (static_cast<double>(p) / total)).cwiseSqrt();
}

Result<SelectedPls> fit_selected(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const Pls& whole, int look, double least, int components) {
  const Eigen::VectorXd influence = vip(truncated(whole, look));
  std::vector<Eigen::Index> order(static_cast<std::size_t>(influence.size()));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](auto i, auto k) { return influence[i] > influence[k]; });
  std::size_t kept = 0;
  while (kept < order.size() && (influence[order[kept]] > least || kept < static_cast<std::size_t>(components) + 2)) ++kept;
  order.resize(kept);
  std::ranges::sort(order);
  auto pls = fit_pls(x(Eigen::all, order), y, components);
  if (!pls) return pls.error();
  return SelectedPls{std::move(*pls), std::move(order)};
}

Result<Eigen::MatrixXd> cross_selected(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold,
                                       const std::vector<Pls>& without, int look, double least, int most) {
  Eigen::MatrixXd out(y.size(), most);
  for (std::size_t f = 0; f < without.size(); ++f) {
    std::vector<int> inside, outside;
    for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == static_cast<int>(f) ? outside : inside).push_back(static_cast<int>(i));
    if (outside.empty()) continue;
    auto fitted = fit_selected(x(inside, Eigen::all), y(inside), without[f], look, least, most);
    if (!fitted) return fitted.error();
    const Eigen::MatrixXd scores = (x(outside, fitted->points).rowwise() - fitted->pls.mean_x) * fitted->pls.rotations;
    for (std::size_t k = 0; k < outside.size(); ++k) {
      double value = fitted->pls.mean_y[0];
      for (int a = 0; a < most; ++a) {
        if (a < fitted->pls.components()) value += scores(static_cast<Eigen::Index>(k), a) * fitted->pls.y_loadings(0, a);
        out(outside[k], a) = value;
      }
    }
  }
  return out;
}

namespace {

constexpr int kIntervals = 8;
constexpr int kInnerFolds = 5;
constexpr double kWorthAnInterval = 0.98;   // of the root mean square error

std::vector<Eigen::Index> points_of(const std::vector<int>& intervals, Eigen::Index points) {
  std::vector<Eigen::Index> out;
  for (int k : intervals) {
    for (Eigen::Index j = k * points / kIntervals; j < (k + 1) * points / kIntervals; ++j) out.push_back(j);
  }
  return out;
}

}  // namespace

Result<SelectedPls> fit_intervals(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int most) {
  if (x.cols() < 4 * kIntervals || folds < 3) return invalid_input("interval PLS: expected at least 32 points and 3 folds");
  const int inner_folds = std::min(kInnerFolds, folds - 1);
  std::vector<int> inner;
  for (int f : fold) inner.push_back(f % inner_folds);
  std::vector<int> chosen;
  double least = 1e300;
  int components = 1;
  while (static_cast<int>(chosen.size()) < kIntervals) {
    int next = -1, next_components = 1;
    double best = chosen.empty() ? 1e300 : least * kWorthAnInterval;
    for (int k = 0; k < kIntervals; ++k) {
      if (std::ranges::find(chosen, k) != chosen.end()) continue;
      auto with = chosen;
      with.push_back(k);
      std::ranges::sort(with);
      const auto points = points_of(with, x.cols());
      const auto cross = cross_fit(x(Eigen::all, points), y, inner, inner_folds, std::min<int>(most, static_cast<int>(points.size())));
      if (!cross) continue;
      const int a = choose_components(cross->predicted, y);
      const double rmse = std::sqrt((cross->predicted.col(a - 1) - y).squaredNorm() / static_cast<double>(y.size()));
      if (rmse < best) best = rmse, next = k, next_components = a;
    }
    if (next < 0) break;
    chosen.push_back(next);
    least = best;
    components = next_components;
  }
  if (chosen.empty()) return invalid_input("interval PLS: no interval could be fitted");
  std::ranges::sort(chosen);
  auto points = points_of(chosen, x.cols());
  auto pls = fit_pls(x(Eigen::all, points), y, components);
  if (!pls) return pls.error();
  return SelectedPls{std::move(*pls), std::move(points)};
}

Result<Eigen::VectorXd> cross_intervals(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int most) {
  Eigen::VectorXd out(y.size());
  for (int f = 0; f < folds; ++f) {
    std::vector<int> inside, outside, inside_fold;
    for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? outside : inside).push_back(static_cast<int>(i));
    if (outside.empty()) continue;
    for (int i : inside) inside_fold.push_back(fold[static_cast<std::size_t>(i)] - (fold[static_cast<std::size_t>(i)] > f));
    auto fitted = fit_intervals(x(inside, Eigen::all), y(inside), inside_fold, folds - 1, most);
    if (!fitted) return fitted.error();
    const auto& pls = fitted->pls;
    out(outside) = ((x(outside, fitted->points).rowwise() - pls.mean_x) * pls.coefficients(pls.components())).col(0).array() + pls.mean_y[0];
  }
  return out;
}

}  // namespace beltwarden::spectra
