#include "science/spectra/svm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace beltwarden::spectra {
namespace {

TEST(Svm, TwoPointsByHand) {
  // Linear kernel, points -1 and +1: w = 1, alpha = 1/2 each, no offset.
  Eigen::MatrixXd kernel(2, 2);
  kernel << 1, -1, -1, 1;
  const auto s = solve_svm(kernel, Eigen::Vector2d(-1, 1), 10, 1e-9);
  EXPECT_NEAR(s.coefficients[0], -0.5, 1e-9);
  EXPECT_NEAR(s.coefficients[1], 0.5, 1e-9);
  EXPECT_NEAR(s.offset, 0, 1e-9);
}

TEST(Svm, MarginOfUnevenPoints) {
  // Points 0, 1 (class -1) and 3, 7 (class +1), linear kernel: the margin lies between 1 and 3: w = 1, offset 2.
  const Eigen::Vector4d x(0, 1, 3, 7);
  const auto s = solve_svm(x * x.transpose(), Eigen::Vector4d(-1, -1, 1, 1), 100, 1e-9);
  EXPECT_NEAR(s.coefficients.dot(x), 1, 1e-6);
  EXPECT_NEAR(s.offset, 2, 1e-6);
}

TEST(Svm, RingsThatNoLineDivides) {
  Rng rng(1);
  Eigen::MatrixXd x(300, 2);
  std::vector<int> label;
  const auto draw = [&](Eigen::Index i, int c) {
    const double angle = rng.uniform(0, 6.283), radius = 1.0 + c + rng.normal(0, 0.15);
    x.row(i) << radius * std::cos(angle), radius * std::sin(angle);
  };
  for (Eigen::Index i = 0; i < 300; ++i) {
    label.push_back(static_cast<int>(i % 3));
    draw(i, label.back());
  }
  const auto svm = Svm::fit(x, label, 3, {.c = 10, .gamma = 2}).value();
  int right = 0;
  Eigen::VectorXd kernel, scores;
  for (Eigen::Index i = 0; i < 300; ++i) {
    draw(i, static_cast<int>(i % 3));
    svm.scores(x.row(i).transpose(), kernel, scores);
    Eigen::Index best = 0;
    scores.maxCoeff(&best);
    right += best == i % 3;
    EXPECT_NEAR(scores.sum(), 1.5, 1e-9);   // each of three pairs gives one in all, over two pairs a class
  }
  EXPECT_GE(right, 294);
}

}  // namespace
}  // namespace beltwarden::spectra
