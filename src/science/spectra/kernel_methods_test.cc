// Gaussian process, local PLS, latent directions and spectral maps.
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "science/spectra/gaussian_process.h"
#include "science/spectra/latent.h"
#include "science/spectra/local_pls.h"
#include "science/spectra/pls.h"
#include "science/spectra/transfer.h"

namespace beltwarden::spectra {
namespace {

struct Wave {
  Eigen::MatrixXd scores;
  Eigen::VectorXd variance, y;
  std::vector<int> fold;
};

Wave wave(int rows, std::uint64_t seed) {
  Wave w{Eigen::MatrixXd(rows, 2), Eigen::VectorXd(2), Eigen::VectorXd(rows), {}};
  Rng rng(seed);
  for (int i = 0; i < rows; ++i) {
    w.scores(i, 0) = rng.uniform(-3, 3), w.scores(i, 1) = rng.uniform(-1, 1);
    w.y[i] = std::sin(w.scores(i, 0)) + 0.5 * w.scores(i, 1) + 0.01 * rng.normal();
    w.fold.push_back(i % 5);
  }
  w.variance << 3, 1.0 / 3;
  return w;
}

TEST(GaussianProcess, CrossValidatesExactlyWithoutRefitting) {
  const auto w = wave(40, 1);
  const GpKernel kernel{0.5, 2, 0.8, 0.7, 1, 0.02};
  const auto cross = cross_gp(w.scores, w.variance, w.y, w.fold, 5, kernel).value();
  // The same by leaving out fold 2 in earnest. The response is standardised by the rows that are left, which moves the
  // prior by little: the constant's variance is large.
  std::vector<int> in, out;
  for (int i = 0; i < 40; ++i) (w.fold[static_cast<std::size_t>(i)] == 2 ? out : in).push_back(i);
  const auto gp = GaussianProcess::fit(w.scores(in, Eigen::all), w.variance, w.y(in), kernel).value();
  Eigen::VectorXd work;
  for (int i : out) {
    const auto a = gp.predict(w.scores.row(i).transpose(), work);
    EXPECT_NEAR(a.value, cross.predicted[i], 2e-3);
    EXPECT_NEAR(std::sqrt(a.variance), std::sqrt(cross.variance[i]), 0.05 * std::sqrt(cross.variance[i]));
  }
}

TEST(GaussianProcess, IsSureNearItsRowsAndNotFarAway) {
  const auto w = wave(80, 2);
  double least = 0;
  const auto kernel = tune_gp(w.scores, w.variance, w.y, w.fold, 5, {0.5, 2, 1, 1, 1, 0.1}, 200, 3, &least);
  EXPECT_LT(least, 0.01);
  const auto gp = GaussianProcess::fit(w.scores, w.variance, w.y, kernel).value();
  Eigen::VectorXd work;
  const auto near = gp.predict(Eigen::Vector2d(1, 0), work), far = gp.predict(Eigen::Vector2d(30, 10), work);
  EXPECT_NEAR(near.value, std::sin(1.0), 0.05);
  EXPECT_GT(far.variance, 20 * near.variance);
}

TEST(LocalPls, FollowsACurveByPieces) {
  const auto w = wave(300, 3);
  const LocalOptions options{20, 2, 2, 2};
  const auto predicted = cross_local(w.scores, w.variance, w.y, w.fold, options);
  EXPECT_LT(std::sqrt((predicted.col(1) - w.y).squaredNorm() / 300), 0.1);   // sd of y is 0.78
  const auto local = LocalPls::fit(w.scores, w.variance, w.y, options).value();
  EXPECT_NEAR(local.predict(Eigen::Vector2d(1, 0.5)), std::sin(1.0) + 0.25, 0.1);
}

TEST(Latent, SpansLargeSetsAsSmallOnes) {
  // 3 directions of standard deviation 5, 2 and 1 among 260 points, 240 rows, and noise of 0.01.
  Rng rng(4);
  Eigen::MatrixXd x(240, 260);
  for (int i = 0; i < 240; ++i) {
    const double a = 5 * rng.normal(), b = 2 * rng.normal(), c = rng.normal();
    for (int j = 0; j < 260; ++j) {
      x(i, j) = a * std::sin(0.05 * j) + b * std::cos(0.11 * j) + c * std::sin(0.3 * j) + 0.01 * rng.normal();
    }
  }
  const auto latent = fit_latent(x, 20, false);
  ASSERT_EQ(latent.directions(), 20);
  const Eigen::MatrixXd rest = (x.rowwise() - latent.mean) - latent.scores(x).leftCols(3) * latent.loadings.leftCols(3).transpose();
  EXPECT_LT(rest.cwiseAbs().maxCoeff(), 0.06);
  EXPECT_LT((latent.loadings.transpose() * latent.loadings - Eigen::MatrixXd::Identity(20, 20)).norm(), 1e-9);
}

// A second instrument that sees 0.9 of the first plus a tilt, shifted by one point.
struct Pair {
  Spectra a, b;
};
Pair instruments(int rows, std::uint64_t seed) {
  Pair p{Spectra(rows, 50), Spectra(rows, 50)};
  Rng rng(seed);
  for (int i = 0; i < rows; ++i) {
    const double h = rng.uniform(0.5, 2), g = rng.uniform(0, 1);
    const auto at = [&](double j) { return h * std::exp(-std::pow((j - 20) / 5, 2)) + g * std::exp(-std::pow((j - 32) / 7, 2)); };
    for (int j = 0; j < 50; ++j) {
      p.a(i, j) = at(j);
      p.b(i, j) = 0.9 * at(j + 1) + 0.01 * j;
    }
  }
  return p;
}

TEST(SpectralMap, PiecewiseAndDirectUndoAnInstrument) {
  const auto standards = instruments(12, 5), others = instruments(30, 6);
  const double untreated = (others.b - others.a).norm();
  const auto pds = SpectralMap::piecewise(standards.b, standards.a, 2, 2).value();
  EXPECT_LT((pds.applied(others.b) - others.a).norm(), 1e-3 * untreated);
  const auto ds = SpectralMap::direct(standards.b, standards.a, 2).value();
  EXPECT_LT((ds.applied(others.b) - others.a).norm(), 1e-3 * untreated);
  // Means and spreads need no pairs: other samples do, but they undo no shift.
  const auto moments = SpectralMap::of_moments(instruments(200, 7).b, instruments(200, 8).a, 3).value();
  EXPECT_LT((moments.applied(others.b) - others.a).norm(), 0.3 * untreated);
}

TEST(SpectralMap, IsTheSameFromBytes) {
  const auto standards = instruments(12, 5);
  const auto map = SpectralMap::piecewise(standards.b, standards.a, 2, 2).value();
  ModelWriter to;
  map.write(to);
  const auto bytes = to.finish("SMAP", 1);
  auto from = ModelReader::open(bytes, "SMAP", 1).value();
  EXPECT_EQ(SpectralMap::read(from).applied(standards.b), map.applied(standards.b));
  EXPECT_TRUE(from.done());
}

TEST(SlopeBias, IsTheLineThroughReferenceAgainstPredicted) {
  Eigen::VectorXd predicted(5), reference(5);
  predicted << 1, 2, 3, 4, 5;
  reference << 3, 5, 7, 9, 11;
  const auto line = slope_bias(predicted, reference, true);
  EXPECT_NEAR(line.slope, 2, 1e-12);
  EXPECT_NEAR(line.bias, 1, 1e-12);
  EXPECT_NEAR(slope_bias(predicted, reference, false).bias, 4, 1e-12);
}

}  // namespace
}  // namespace beltwarden::spectra
