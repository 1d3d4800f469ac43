#include "science/spectra/svm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace beltwarden::spectra {
namespace {

constexpr double kTau = 1e-12;
constexpr int kMostClasses = 256;
constexpr double kSlope = 2;   // of the logistic of a decision: at the margin 0.88

}  // namespace

SvmPair solve_svm(const Eigen::MatrixXd& kernel, const Eigen::VectorXd& sign, double c, double tolerance) {
  const Eigen::Index n = kernel.rows();
  Eigen::VectorXd alpha = Eigen::VectorXd::Zero(n), gradient = Eigen::VectorXd::Constant(n, -1);
  const auto can_rise = [&](Eigen::Index t) { return sign[t] > 0 ? alpha[t] < c : alpha[t] > 0; };
  const auto can_fall = [&](Eigen::Index t) { return sign[t] > 0 ? alpha[t] > 0 : alpha[t] < c; };
  SvmPair out;
  const int most_steps = static_cast<int>(std::max<Eigen::Index>(100 * n, 100000));
  for (; out.steps < most_steps; ++out.steps) {
    Eigen::Index i = -1, j = -1;
    double highest = -std::numeric_limits<double>::infinity(), lowest = std::numeric_limits<double>::infinity();
    for (Eigen::Index t = 0; t < n; ++t) {
      if (const double v = -sign[t] * gradient[t]; can_rise(t) && v > highest) highest = v, i = t;
    }
    if (i < 0) break;
    double best = 0;
    for (Eigen::Index t = 0; t < n; ++t) {
      if (!can_fall(t)) continue;
      const double v = -sign[t] * gradient[t];
      lowest = std::min(lowest, v);
      const double b = highest - v;
      if (b <= 0) continue;
      const double a = std::max(kernel(i, i) + kernel(t, t) - 2 * kernel(i, t), kTau);
      if (const double gain = b * b / a; gain > best) best = gain, j = t;
    }
    if (j < 0 || highest - lowest < tolerance) break;
    // Move along the pair's line, kept inside the box.
    const double a = std::max(kernel(i, i) + kernel(j, j) - 2 * kernel(i, j), kTau);
    double step = (-sign[i] * gradient[i] + sign[j] * gradient[j]) / a;
    step = std::min(step, sign[i] > 0 ? c - alpha[i] : alpha[i]);
    step = std::min(step, sign[j] > 0 ? alpha[j] : c - alpha[j]);
    alpha[i] = std::clamp(alpha[i] + sign[i] * step, 0.0, c);
    alpha[j] = std::clamp(alpha[j] - sign[j] * step, 0.0, c);
    gradient.array() += step * sign.array() * (kernel.col(i) - kernel.col(j)).array();
  }
  // Offset: the mean over free vectors, else the middle of what the bounds allow.
  double sum = 0, free = 0, low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  for (Eigen::Index t = 0; t < n; ++t) {
    const double v = sign[t] * gradient[t];
    if (alpha[t] > 0 && alpha[t] < c) {
      sum += v, free += 1;
    } else if (can_rise(t)) {
      high = std::min(high, v);
    } else {
      low = std::max(low, v);
    }
  }
  out.offset = free > 0 ? sum / free : std::isfinite(low) && std::isfinite(high) ? (low + high) / 2 : 0;
  out.coefficients = alpha.cwiseProduct(sign);
  return out;
}

Eigen::MatrixXd gaussian_kernel(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, double gamma) {
  Eigen::MatrixXd k = -2 * a * b.transpose();
  k.colwise() += a.rowwise().squaredNorm();
  k.rowwise() += b.rowwise().squaredNorm().transpose();
  return (k.cwiseMax(0) * (-gamma / static_cast<double>(a.cols()))).array().exp();
}

Result<Svm> Svm::fit(const Eigen::MatrixXd& x, const std::vector<int>& label, int classes, const SvmOptions& options) {
  if (classes < 2 || classes > kMostClasses || static_cast<Eigen::Index>(label.size()) != x.rows() || x.cols() < 1 ||
      !(options.c > 0) || !(options.gamma > 0)) {
    return invalid_input("support vectors: expected a label a row, 2 to 256 classes, C and gamma above 0");
  }
  const Eigen::MatrixXd kernel = gaussian_kernel(x, x, options.gamma);
  std::vector<std::vector<int>> rows(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < label.size(); ++i) rows[static_cast<std::size_t>(label[i])].push_back(static_cast<int>(i));
  Svm svm;
  svm.classes_ = classes;
  svm.gamma_ = options.gamma;
  svm.offsets_ = Eigen::VectorXd::Zero(classes * (classes - 1) / 2);
  Eigen::MatrixXd all = Eigen::MatrixXd::Zero(x.rows(), svm.offsets_.size());
  Eigen::Index pair = 0;
  for (std::size_t a = 0; a < rows.size(); ++a) {
    for (std::size_t b = a + 1; b < rows.size(); ++b, ++pair) {
      if (rows[a].empty() || rows[b].empty()) continue;
      auto both = rows[a];
      both.insert(both.end(), rows[b].begin(), rows[b].end());
      Eigen::VectorXd sign = Eigen::VectorXd::Constant(static_cast<Eigen::Index>(both.size()), -1);
      sign.head(static_cast<Eigen::Index>(rows[a].size())).setOnes();
      const auto solved = solve_svm(kernel(both, both), sign, options.c);
      for (std::size_t k = 0; k < both.size(); ++k) all(both[k], pair) = solved.coefficients[static_cast<Eigen::Index>(k)];
      svm.offsets_[pair] = solved.offset;
    }
  }
  std::vector<int> support;
  for (Eigen::Index i = 0; i < all.rows(); ++i) {
    if (all.row(i).cwiseAbs().maxCoeff() > 0) support.push_back(static_cast<int>(i));
  }
  if (support.empty()) return invalid_input("support vectors: the classes cannot be told apart: none came out");
  svm.support_ = x(support, Eigen::all);
  svm.coefficients_ = all(support, Eigen::all);
  svm.settle();
  return svm;
}

void Svm::scores(const Eigen::VectorXd& x, Eigen::VectorXd& kernel, Eigen::VectorXd& out) const {
  kernel.resize(support_.rows());
  kernel.noalias() = support_ * x;
  const double factor = -gamma_ / static_cast<double>(support_.cols()), own = x.squaredNorm();
  kernel = ((squares_ - 2 * kernel).array() + own).max(0.0);
  kernel = (kernel.array() * factor).exp();
  out.setZero(classes_);
  Eigen::Index pair = 0;
  for (int a = 0; a < classes_; ++a) {
    for (int b = a + 1; b < classes_; ++b, ++pair) {
      const double decision = coefficients_.col(pair).dot(kernel) - offsets_[pair];
      const double p = 1 / (1 + std::exp(-kSlope * decision));
      out[a] += p;
      out[b] += 1 - p;
    }
  }
  out /= classes_ - 1;
}

Eigen::MatrixXd cross_svm(const Eigen::MatrixXd& kernel, const std::vector<int>& label, int classes, const std::vector<int>& fold, int folds,
                          double c) {
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(kernel.rows(), classes);
  for (int f = 0; f < folds; ++f) {
    std::vector<int> outside;
    std::vector<std::vector<int>> inside(static_cast<std::size_t>(classes));
    for (std::size_t i = 0; i < fold.size(); ++i) {
      if (fold[i] == f) outside.push_back(static_cast<int>(i));
      else inside[static_cast<std::size_t>(label[i])].push_back(static_cast<int>(i));
    }
    if (outside.empty()) continue;
    for (int a = 0; a < classes; ++a) {
      for (int b = a + 1; b < classes; ++b) {
        auto both = inside[static_cast<std::size_t>(a)];
        const auto first = static_cast<Eigen::Index>(both.size());
        const auto& second = inside[static_cast<std::size_t>(b)];
        both.insert(both.end(), second.begin(), second.end());
        if (first == 0 || second.empty()) continue;
        Eigen::VectorXd sign = Eigen::VectorXd::Constant(static_cast<Eigen::Index>(both.size()), -1);
        sign.head(first).setOnes();
        const auto solved = solve_svm(kernel(both, both), sign, c);
        const Eigen::VectorXd decision = (kernel(outside, both) * solved.coefficients).array() - solved.offset;
        for (std::size_t k = 0; k < outside.size(); ++k) {
          const double p = 1 / (1 + std::exp(-kSlope * decision[static_cast<Eigen::Index>(k)]));
          out(outside[k], a) += p / (classes - 1);
          out(outside[k], b) += (1 - p) / (classes - 1);
        }
      }
    }
  }
  return out;
}

void Svm::write(ModelWriter& to) const {
  to.u32(static_cast<std::uint32_t>(classes_));
  to.f64(gamma_);
  to.matrix(support_);
  to.matrix(coefficients_);
  to.vector(offsets_);
}

Svm Svm::read(ModelReader& from) {
  Svm s;
  s.classes_ = static_cast<int>(from.u32(kMostClasses));
  s.gamma_ = from.f64();
  s.support_ = from.matrix();
  s.coefficients_ = from.matrix();
  s.offsets_ = from.vector();
  const Eigen::Index pairs = static_cast<Eigen::Index>(s.classes_) * (s.classes_ - 1) / 2;
  if (from.ok() && (s.classes_ < 2 || s.offsets_.size() != pairs || s.coefficients_.cols() != pairs ||
                    s.coefficients_.rows() != s.support_.rows() || s.support_.cols() < 1 || !(s.gamma_ > 0))) {
    from.fail("support vectors do not fit each other");
  }
  s.settle();
  return s;
}

}  // namespace beltwarden::spectra
