#include "science/spectra/nnls.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {
namespace {

constexpr double kSumWeight = 1e4;   // times the largest column norm: the sum holds to about 1e-8 of the residual

using Indices = std::vector<Eigen::Index>;

Result<void> check_system(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  if (a.rows() != b.size() || a.cols() < 1 || a.rows() < a.cols()) {
    return invalid_input("unmixing: expected as many values as end-members have, and no more end-members than values; found " +
                         std::to_string(b.size()) + " values, " + std::to_string(a.cols()) + " end-members of " +
                         std::to_string(a.rows()));
  }
  if (!a.allFinite() || !b.allFinite()) return invalid_input("unmixing: a value is missing");
  return {};
}

Indices where(const std::vector<bool>& free) {
  Indices out;
  for (std::size_t j = 0; j < free.size(); ++j) {
    if (free[j]) out.push_back(static_cast<Eigen::Index>(j));
  }
  return out;
}

// Least squares over the free columns; zero elsewhere.
Eigen::VectorXd solve(const Eigen::MatrixXd& a, const Eigen::VectorXd& b, const Indices& free) {
  Eigen::VectorXd out = Eigen::VectorXd::Zero(a.cols());
  if (free.empty()) return out;
  const Eigen::MatrixXd part = a(Eigen::all, free);
  out(free) = least_squares(part, b);
  return out;
}

void add_uncertainty(const Eigen::MatrixXd& a, double rows, NnlsResult& result, const Indices& free) {
  result.std_error = Eigen::VectorXd::Zero(a.cols());
  const double dof = rows - static_cast<double>(free.size());
  if (!(dof >= 1)) {
    result.std_error.setConstant(std::numeric_limits<double>::quiet_NaN());
    return;
  }
  const double sigma = result.residual_norm / std::sqrt(dof);
  // 1 / (what of a column the others that are free do not explain).
  for (Eigen::Index j = 0; j < a.cols(); ++j) {
    Indices others;
    for (const auto f : free) {
      if (f != j) others.push_back(f);
    }
    double left = a.col(j).norm();
    if (!others.empty()) {
      const Eigen::MatrixXd part = a(Eigen::all, others);
      left = (a.col(j) - part * least_squares(part, a.col(j))).norm();
    }
    result.std_error[j] = left > 0 ? sigma / left : std::numeric_limits<double>::infinity();
  }
}

Result<NnlsResult> fit(const Eigen::MatrixXd& a, const Eigen::VectorXd& b, std::vector<bool>& free) {
  const auto n = a.cols();
  NnlsResult out;
  out.x = Eigen::VectorXd::Zero(n);
  free.assign(static_cast<std::size_t>(n), false);
  const double tolerance = 10 * std::numeric_limits<double>::epsilon() * a.colwise().norm().maxCoeff() *
                           static_cast<double>(a.rows()) * std::max(b.norm(), 1e-300);
  std::vector<bool> barred(static_cast<std::size_t>(n), false);   // whose gradient turned out to be rounding only
  for (Eigen::Index round = 0, most = 3 * n + 30;; ++round) {
    const Eigen::VectorXd gradient = a.transpose() * (b - a * out.x);
    Eigen::Index enters = -1;
    for (Eigen::Index j = 0; j < n; ++j) {
      const auto at = static_cast<std::size_t>(j);
      if (free[at] || barred[at] || !(gradient[j] > tolerance)) continue;
      if (enters < 0 || gradient[j] > gradient[enters]) enters = j;
    }
    if (enters < 0) break;
    if (round == most) {
      return invalid_input("unmixing: end-members depend on each other; no solution in " + std::to_string(most) + " rounds");
    }
    free[static_cast<std::size_t>(enters)] = true;
    Eigen::VectorXd trial = solve(a, b, where(free));
    if (!(trial[enters] > 0)) {
      free[static_cast<std::size_t>(enters)] = false;
      barred[static_cast<std::size_t>(enters)] = true;
      continue;
    }
    barred.assign(barred.size(), false);
    // Back towards the last feasible point until nothing is negative; each turn frees one value less.
    for (auto left = where(free); !left.empty(); left = where(free)) {
      double step = 1;
      Eigen::Index stops = -1;
      for (const auto j : left) {
        if (trial[j] > 0) continue;
        const double share = out.x[j] / (out.x[j] - trial[j]);
        if (stops < 0 || share < step) step = share, stops = j;
      }
      if (stops < 0) break;
      out.x += step * (trial - out.x);
      for (const auto j : left) {
        if (j == stops || out.x[j] <= 0) free[static_cast<std::size_t>(j)] = false, out.x[j] = 0;
      }
      trial = solve(a, b, where(free));
    }
    out.x = trial;
  }
  out.residual_norm = (a * out.x - b).norm();
  out.free = static_cast<int>(where(free).size());
  return out;
}

}  // namespace

Result<NnlsResult> nnls(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  if (auto ok = check_system(a, b); !ok) return ok.error();
  std::vector<bool> free;
  auto out = fit(a, b, free);
  if (out) add_uncertainty(a, static_cast<double>(a.rows()), *out, where(free));
  return out;
}

Result<NnlsResult> nnls_sum_to_one(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  if (auto ok = check_system(a, b); !ok) return ok.error();
  const double weight = kSumWeight * std::max(a.colwise().norm().maxCoeff(), 1e-300);
  Eigen::MatrixXd wide(a.rows() + 1, a.cols());
  wide << a, Eigen::RowVectorXd::Constant(a.cols(), weight);
  Eigen::VectorXd target(b.size() + 1);
  target << b, weight;
  std::vector<bool> free;
  auto out = fit(wide, target, free);
  if (!out) return out;
  out->residual_norm = (a * out->x - b).norm();
  add_uncertainty(wide, static_cast<double>(wide.rows()), *out, where(free));
  return out;
}

}  // namespace beltwarden::spectra
