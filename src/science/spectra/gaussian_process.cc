#include "science/spectra/gaussian_process.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {
namespace {

constexpr double kConstant = 10;         // variance of the level, in variances of the response: next to free

Eigen::VectorXd weights(const Eigen::VectorXd& variance, const GpKernel& kernel) {
  const auto used = std::clamp<Eigen::Index>(kernel.directions, 1, variance.size());
  Eigen::VectorXd w = variance.head(used).array().pow(-kernel.whitening / 2);
  const double mean_square = (w.array().square() * variance.head(used).array()).sum();
  return w / std::sqrt(std::max(mean_square, 1e-300));
}

// Squared lengths and inner products once; kernels of other lengths are cheap after that.
struct Geometry {
  Eigen::MatrixXd inner, distance;
};

Geometry geometry(const Eigen::MatrixXd& z) {   // rows x directions
  Geometry g;
  g.inner = z * z.transpose();
  const Eigen::VectorXd square = g.inner.diagonal();
  g.distance = (-2 * g.inner).colwise() + square;
  g.distance.rowwise() += square.transpose();
  g.distance = g.distance.cwiseMax(0.0).cwiseSqrt();
  return g;
}

template <class Distance>
auto matern(const Distance& d, double length) {
  const auto r = (d.array() * (std::sqrt(5.0) / length)).eval();
  return ((1 + r + r.square() / 3) * (-r).exp()).eval();
}

Eigen::MatrixXd covariance(const Geometry& g, const GpKernel& k) {
  Eigen::MatrixXd c = kConstant + k.line * g.inner.array();
  if (k.smooth > 0) c.array() += k.smooth * matern(g.distance, k.length);
  c.diagonal().array() += k.noise;
  return c;
}

Result<void> check_sample(const Eigen::MatrixXd& scores, const Eigen::VectorXd& y) {
  if (scores.rows() < 3 || scores.rows() != y.size() || !scores.allFinite() || !y.allFinite()) {
    return invalid_input("Gaussian process: expected at least 3 complete rows and a response each, found " +
                         std::to_string(scores.rows()) + " and " + std::to_string(y.size()));
  }
  return {};
}

struct Standard {
  double mean, sd;
};
Standard standard(const Eigen::VectorXd& y) {
  const double mean = y.mean();
  return {mean, std::max(std::sqrt((y.array() - mean).square().mean()), 1e-12)};
}

std::vector<std::vector<int>> rows_of_folds(const std::vector<int>& fold, int folds) {
  std::vector<std::vector<int>> rows(static_cast<std::size_t>(folds));
  for (std::size_t i = 0; i < fold.size(); ++i) rows[static_cast<std::size_t>(fold[i])].push_back(static_cast<int>(i));
  return rows;
}

bool cross(const Geometry& g, const Eigen::VectorXd& y, const std::vector<std::vector<int>>& rows, const GpKernel& kernel,
           GpCross& out) {
  const Cholesky llt(covariance(g, kernel));
  if (!llt.positive_definite()) return false;
  const auto n = y.size();
  const Eigen::MatrixXd inverse = llt.solve(Eigen::MatrixXd(Eigen::MatrixXd::Identity(n, n)));
  const Eigen::VectorXd alpha = inverse * y;
  out.predicted.resize(n);
  out.variance.resize(n);
  for (const auto& held : rows) {
    if (held.empty()) continue;
    const Cholesky block(inverse(held, held));
    if (!block.positive_definite()) return false;
    const Eigen::VectorXd error = block.solve(Eigen::VectorXd(alpha(held)));
    const auto m = static_cast<Eigen::Index>(held.size());
    const Eigen::MatrixXd spread = block.solve(Eigen::MatrixXd(Eigen::MatrixXd::Identity(m, m)));
    out.predicted(held) = y(held) - error;
    out.variance(held) = spread.diagonal();
  }
  out.mean_square = (out.predicted - y).squaredNorm() / static_cast<double>(n);
  return std::isfinite(out.mean_square);
}

Eigen::MatrixXd coordinates(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const GpKernel& kernel) {
  const Eigen::VectorXd w = weights(variance, kernel);
  return scores.leftCols(w.size()) * w.asDiagonal();
}

}  // namespace

Result<GaussianProcess> GaussianProcess::fit(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance,
                                             const Eigen::VectorXd& y, const GpKernel& kernel) {
  if (auto ok = check_sample(scores, y); !ok) return ok.error();
  GaussianProcess m;
  m.kernel_ = kernel;
  m.weight_ = weights(variance, kernel);
  const auto [mean, sd] = standard(y);
  m.mean_y_ = mean, m.sd_y_ = sd;
  const Eigen::MatrixXd z = coordinates(scores, variance, kernel);
  m.rows_ = z.transpose();
  const Cholesky llt(covariance(geometry(z), kernel));
  if (!llt.positive_definite()) return invalid_input("Gaussian process: the covariance is not positive definite");
  m.alpha_ = llt.solve(Eigen::VectorXd((y.array() - mean) / sd));
  m.factor_ = llt.factor();
  return m;
}

GaussianProcess::Answer GaussianProcess::predict(const Eigen::VectorXd& scores, Eigen::VectorXd& work) const {
  const Eigen::VectorXd z = scores.head(weight_.size()).cwiseProduct(weight_);
  work.noalias() = kernel_.line * (rows_.transpose() * z);
  work.array() += kConstant;
  double own = kConstant + kernel_.line * z.squaredNorm() + kernel_.noise;
  if (kernel_.smooth > 0) {
    const Eigen::VectorXd d = (rows_.colwise() - z).colwise().norm().transpose();
    work.array() += kernel_.smooth * matern(d, kernel_.length);
    own += kernel_.smooth;
  }
  Answer a;
  a.value = mean_y_ + sd_y_ * alpha_.dot(work);
  factor_.triangularView<Eigen::Lower>().solveInPlace(work);
  a.variance = std::max(own - work.squaredNorm(), 0.0) * sd_y_ * sd_y_;
  return a;
}

Result<GpCross> cross_gp(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                         const std::vector<int>& fold, int folds, const GpKernel& kernel) {
  if (auto ok = check_sample(scores, y); !ok) return ok.error();
  const auto [mean, sd] = standard(y);
  GpCross out;
  if (!cross(geometry(coordinates(scores, variance, kernel)), (y.array() - mean) / sd, rows_of_folds(fold, folds), kernel, out)) {
    return invalid_input("Gaussian process: the covariance is not positive definite");
  }
  out.predicted = (out.predicted * sd).array() + mean;
  out.variance *= sd * sd;
  out.mean_square *= sd * sd;
  return out;
}

GpKernel tune_gp(const Eigen::MatrixXd& scores, const Eigen::VectorXd& variance, const Eigen::VectorXd& y,
                 const std::vector<int>& fold, int folds, GpKernel start, int most_rows, int rounds, double* found) {
  std::vector<int> chosen, chosen_fold;
  // Every so-many-th row of each fold: all folds keep their share.
  const double keep = std::min(1.0, static_cast<double>(most_rows) / static_cast<double>(y.size()));
  std::vector<double> due(static_cast<std::size_t>(folds), 0.0);
  for (std::size_t i = 0; i < fold.size(); ++i) {
    auto& d = due[static_cast<std::size_t>(fold[i])];
    d += keep;
    if (d < 1 - 1e-9) continue;
    d -= 1;
    chosen.push_back(static_cast<int>(i));
    chosen_fold.push_back(fold[i]);
  }
  const auto [mean, sd] = standard(y(chosen));
  const Eigen::VectorXd target = (y(chosen).array() - mean) / sd;
  const Eigen::MatrixXd chosen_scores = scores(chosen, Eigen::all);
  Geometry g = geometry(coordinates(chosen_scores, variance, start));
  const auto rows = rows_of_folds(chosen_fold, folds);
  GpCross trial;
  const auto error_of = [&](const GpKernel& k) { return cross(g, target, rows, k, trial) ? trial.mean_square : 1e300; };
  GpKernel best = start;
  double least = error_of(best);
  // Other coordinates: kept where they help.
  const auto try_coordinates = [&](GpKernel k) {
    Geometry before = std::move(g);
    g = geometry(coordinates(chosen_scores, variance, k));
    const double e = error_of(k);
    if (e < least * 0.9995) {
      least = e, best = k;
      return true;
    }
    g = std::move(before);
    return false;
  };
  double step = 1.6;
  for (int round = 0; round < rounds; ++round, step *= 0.6) {
    bool moved = false;
    for (double GpKernel::* what : {&GpKernel::noise, &GpKernel::length, &GpKernel::line}) {
      if (best.smooth == 0 && what == &GpKernel::length) continue;
      for (double direction : {1.0, -1.0}) {
        bool better = false;
        for (int leap = 0; leap < 4; ++leap) {
          GpKernel k = best;
          k.*what = std::clamp(k.*what * std::exp(direction * step), 1e-7, 1e5);
          const double e = error_of(k);
          if (!(e < least * 0.9995)) break;
          least = e, best = k, better = moved = true;
        }
        if (better) break;
      }
    }
    if (!moved && round > 0) step *= 0.6;
    if (round == 0) continue;
    for (double by : {0.25, -0.25, 0.12, -0.12}) {
      GpKernel k = best;
      k.whitening = std::clamp(k.whitening + by, 0.0, 1.2);
      if (k.whitening != best.whitening && try_coordinates(k) && std::abs(by) > 0.2) break;
    }
    for (double by : {2.0, 0.5}) {
      GpKernel k = best;
      k.directions = std::clamp(static_cast<int>(std::lround(k.directions * by)), 5, static_cast<int>(variance.size()));
      if (k.directions != best.directions && try_coordinates(k)) break;
    }
  }
  *found = least;
  return best;
}

void GaussianProcess::write(ModelWriter& to) const {
  for (double v : {kernel_.whitening, kernel_.length, kernel_.line, kernel_.smooth, kernel_.noise, mean_y_, sd_y_}) to.f64(v);
  to.u32(static_cast<std::uint32_t>(kernel_.directions));
  to.vector(weight_);
  to.matrix(rows_);
  to.vector(alpha_);
}

GaussianProcess GaussianProcess::read(ModelReader& from) {
  GaussianProcess m;
  auto& k = m.kernel_;
  for (double* v : {&k.whitening, &k.length, &k.line, &k.smooth, &k.noise, &m.mean_y_, &m.sd_y_}) *v = from.f64();
  k.directions = static_cast<int>(from.u32(1u << 20));
  m.weight_ = from.vector();
  m.rows_ = from.matrix();
  m.alpha_ = from.vector();
  if (!from.ok()) return {};
  if (m.rows_.rows() != m.weight_.size() || m.rows_.cols() != m.alpha_.size() || m.alpha_.size() < 3 || m.alpha_.size() > 20000 ||
      !(k.length > 0) || !(k.noise > 0)) {
    from.fail("Gaussian process parts do not fit each other");
    return {};
  }
  const Cholesky llt(covariance(geometry(m.rows_.transpose()), k));
  if (!llt.positive_definite()) {
    from.fail("the covariance of a Gaussian process is not positive definite");
    return {};
  }
  m.factor_ = llt.factor();
  return m;
}

}  // namespace beltwarden::spectra
