#include "science/spectra/combination.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

namespace beltwarden::spectra {
namespace {

constexpr double kWorthAPick = 0.998;    // of the mean squared error

std::vector<std::pair<int, double>> greedy(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y, int picks) {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(y.size());
  std::map<int, int> taken;
  double least = 1e300;
  int n = 0;
  for (; n < picks; ++n) {
    int best = -1;
    double best_error = least * (n == 0 ? 1 : kWorthAPick);
    for (Eigen::Index j = 0; j < predicted.cols(); ++j) {
      const double e = ((sum + predicted.col(j)) / (n + 1) - y).squaredNorm();
      if (e < best_error) best_error = e, best = static_cast<int>(j);
    }
    if (best < 0) break;
    sum += predicted.col(best);
    ++taken[best];
    least = best_error;
  }
  std::vector<std::pair<int, double>> out;
  for (const auto& [column, times] : taken) out.emplace_back(column, static_cast<double>(times) / n);
  return out;
}

std::vector<std::pair<int, double>> best_few(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y, int count) {
  std::vector<std::pair<double, int>> order;
  for (Eigen::Index j = 0; j < predicted.cols(); ++j) order.emplace_back((predicted.col(j) - y).squaredNorm(), static_cast<int>(j));
  std::ranges::sort(order);
  order.resize(std::min<std::size_t>(order.size(), static_cast<std::size_t>(count)));
  std::vector<std::pair<int, double>> out;
  for (const auto& [error, column] : order) out.emplace_back(column, 1.0 / static_cast<double>(order.size()));
  return out;
}

Eigen::VectorXd weighted(const Eigen::MatrixXd& predicted, const std::vector<std::pair<int, double>>& weights) {
  Eigen::VectorXd out = Eigen::VectorXd::Zero(predicted.rows());
  for (const auto& [column, w] : weights) out += w * predicted.col(column);
  return out;
}

template <class Choose>
Combination nested(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, const Choose& choose) {
  Combination out;
  out.weights = choose(predicted, y);
  out.predicted = weighted(predicted, out.weights);
  for (int f = 0; f < folds; ++f) {
    std::vector<int> inside, outside;
    for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? outside : inside).push_back(static_cast<int>(i));
    if (outside.empty() || inside.size() < 3) continue;
    const auto weights = choose(Eigen::MatrixXd(predicted(inside, Eigen::all)), Eigen::VectorXd(y(inside)));
    if (!weights.empty()) out.predicted(outside) = weighted(predicted(outside, Eigen::all), weights);
  }
  out.rmse = std::sqrt((out.predicted - y).squaredNorm() / static_cast<double>(y.size()));
  return out;
}

}  // namespace

Combination combine(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int picks) {
  return nested(predicted, y, fold, folds, [picks](const Eigen::MatrixXd& p, const Eigen::VectorXd& of) { return greedy(p, of, picks); });
}

Combination average_of_best(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds, int count) {
  return nested(predicted, y, fold, folds, [count](const Eigen::MatrixXd& p, const Eigen::VectorXd& of) { return best_few(p, of, count); });
}

double excess_in_standard_errors(const Eigen::VectorXd& error_a, const Eigen::VectorXd& error_b,
                                 const std::vector<std::uint32_t>& groups) {
  std::map<std::uint32_t, double> by_group;
  for (Eigen::Index i = 0; i < error_a.size(); ++i) {
    by_group[groups[static_cast<std::size_t>(i)]] += error_a[i] * error_a[i] - error_b[i] * error_b[i];
  }
  double sum = 0, squares = 0;
  for (const auto& [group, d] : by_group) sum += d, squares += d * d;
  const double n = static_cast<double>(by_group.size());
  const double variance = std::max(squares - sum * sum / n, 0.0) * n / std::max(n - 1, 1.0);   // of the sum
  return variance > 0 ? sum / std::sqrt(variance) : (sum > 0 ? 1e9 : 0);
}

int components_by_one_standard_error(const Eigen::MatrixXd& predicted, const Eigen::VectorXd& y,
                                     const std::vector<std::uint32_t>& groups) {
  const Eigen::MatrixXd errors = predicted.colwise() - y;
  const Eigen::VectorXd squares = errors.colwise().squaredNorm().transpose();
  Eigen::Index best = 0;
  squares.minCoeff(&best);
  // The relative standard error of a root mean square of n errors is 1 / sqrt(2 n).
  const double slack = std::pow(1 + 1 / std::sqrt(2.0 * static_cast<double>(y.size())), 2);
  for (Eigen::Index a = 0; a < best; ++a) {
    if (squares[a] <= squares[best] * slack &&
        excess_in_standard_errors(errors.col(a), errors.col(best), groups) <= 1) {
      return static_cast<int>(a) + 1;
    }
  }
  return static_cast<int>(best) + 1;
}

}  // namespace beltwarden::spectra
