#include "science/spectra/borrowed_ridge.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>

#include "science/spectra/latent.h"
#include "science/spectra/linear_algebra.h"

namespace beltwarden::spectra {
namespace {

constexpr int kDirections = 100;
constexpr std::size_t kFewestOfAClass = 20;
constexpr double kOwn[] = {0.1, 0.3, 1.0};
constexpr double kNoise[] = {0.003, 0.01, 0.03, 0.1, 0.3};

// Rows of one class in latent scores, as far as a fit needs them.
struct Moments {
  Eigen::MatrixXd gram;     // z'z
  Eigen::VectorXd cross;    // z'y
  double variance = 1;      // of y
};

Moments moments(const Eigen::MatrixXd& z, const Eigen::VectorXd& y) {
  const Eigen::RowVectorXd mean = z.colwise().mean();
  const Eigen::MatrixXd off = z.rowwise() - mean;
  const Eigen::VectorXd from = y.array() - y.mean();
  return {off.transpose() * off, off.transpose() * from, std::max(from.squaredNorm() / static_cast<double>(y.size()), 1e-24)};
}

struct Prior {
  Eigen::VectorXd weighted_mean;   // precision * mean
  Eigen::MatrixXd precision;
};

// What the other classes say of a further class's coefficients.
Prior prior_of(const std::vector<Moments>& others, double common, const BorrowedSetting& s) {
  const auto k = others.front().gram.rows();
  const Eigen::MatrixXd unit = Eigen::MatrixXd::Identity(k, k);
  Eigen::MatrixXd precision = unit / common;
  Eigen::VectorXd h = Eigen::VectorXd::Zero(k);
  for (const auto& m : others) {
    // A class tells of u with covariance own s2 + noise (z'z)^-1.
    const Cholesky factor(s.own * common * m.gram + s.noise * m.variance * unit);
    precision += factor.solve(m.gram);
    h += factor.solve(m.cross);
  }
  const Cholesky of_common((precision + precision.transpose()) / 2);
  const Eigen::MatrixXd spread = of_common.solve(unit) + s.own * common * unit;
  Prior p;
  p.precision = Cholesky(spread).solve(unit);
  p.weighted_mean = p.precision * of_common.solve(h);
  return p;
}

Eigen::VectorXd posterior(const Prior& prior, const Moments& own, const BorrowedSetting& s) {
  const double noise = s.noise * own.variance;
  return Cholesky(own.gram / noise + prior.precision).solve(Eigen::VectorXd(own.cross / noise + prior.weighted_mean));
}

}  // namespace

Result<BorrowedFit> fit_borrowed(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const std::vector<int>& fold, int folds,
                                 const RelatedRows& related) {
  std::map<int, std::vector<int>> classes;
  for (std::size_t i = 0; i < related.label.size(); ++i) classes[related.label[i]].push_back(static_cast<int>(i));
  std::erase_if(classes, [](const auto& c) { return c.second.size() < kFewestOfAClass; });
  if (classes.empty() || related.x.cols() != x.cols()) return invalid_input("borrowed ridge: expected other classes with at least 20 rows");
  // Directions of all classes about their own means.
  Eigen::Index rows = x.rows();
  for (const auto& [label, of] : classes) rows += static_cast<Eigen::Index>(of.size());
  Eigen::MatrixXd all(rows, x.cols());
  all.topRows(x.rows()) = x.rowwise() - x.colwise().mean();
  Eigen::Index at = x.rows();
  for (const auto& [label, of] : classes) {
    const Eigen::MatrixXd block = related.x(of, Eigen::all);
    all.middleRows(at, block.rows()) = block.rowwise() - block.colwise().mean();
    at += block.rows();
  }
  const auto latent = fit_latent(all, kDirections, false);
  const Eigen::MatrixXd turn = latent.loadings / std::sqrt(latent.variance.sum());   // coordinates of unit mean squared length
  const Eigen::MatrixXd z = x * turn;
  std::vector<Moments> others;
  double common = 0;
  for (const auto& [label, of] : classes) {
    others.push_back(moments(related.x(of, Eigen::all) * turn, related.y(of)));
    common += others.back().variance;
  }
  const Moments whole = moments(z, y);
  common = (common + whole.variance) / static_cast<double>(others.size() + 1);
  struct Part {
    std::vector<int> outside;
    Moments inside;
    Eigen::RowVectorXd mean_z;
    double mean_y = 0;
  };
  std::vector<Part> parts;
  for (int f = 0; f < folds; ++f) {
    Part part;
    std::vector<int> inside;
    for (std::size_t i = 0; i < fold.size(); ++i) (fold[i] == f ? part.outside : inside).push_back(static_cast<int>(i));
    if (part.outside.empty() || inside.size() < 3) continue;
    const Eigen::MatrixXd in = z(inside, Eigen::all);
    part.inside = moments(in, y(inside));
    part.mean_z = in.colwise().mean();
    part.mean_y = y(inside).mean();
    parts.push_back(std::move(part));
  }
  BorrowedFit best;
  double least = 1e300;
  Eigen::VectorXd predicted = y;
  for (double own : kOwn) {
    for (double noise : kNoise) {
      const BorrowedSetting setting{own, noise};
      const auto prior = prior_of(others, common, setting);
      for (const auto& part : parts) {
        const Eigen::VectorXd w = posterior(prior, part.inside, setting);
        predicted(part.outside) = ((z(part.outside, Eigen::all).rowwise() - part.mean_z) * w).array() + part.mean_y;
      }
      const double square = (predicted - y).squaredNorm();
      if (!(square < least)) continue;
      least = square;
      best.setting = setting;
      best.predicted = predicted;
      best.coefficients = turn * posterior(prior, whole, setting);
    }
  }
  if (best.coefficients.size() == 0) return invalid_input("borrowed ridge: no setting could be fitted");
  best.constant = y.mean() - x.colwise().mean().dot(best.coefficients);
  return best;
}

}  // namespace beltwarden::spectra
