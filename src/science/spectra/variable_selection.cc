#include "science/spectra/variable_selection.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace beltwarden::spectra {

Eigen::VectorXd vip(const Pls& pls) {
  const auto p = pls.rotations.rows(), a = pls.rotations.cols();
  // The weights of PLS1 are orthonormal and the rotations are them times a triangle: the Q of a QR decomposition.
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(pls.rotations);
  const Eigen::MatrixXd weights = qr.householderQ() * Eigen::MatrixXd::Identity(p, a);
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

}  // namespace beltwarden::spectra
