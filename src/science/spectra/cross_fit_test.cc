// All folds in one pass give what a fit without each fold gives.
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "science/spectra/pls.h"

namespace beltwarden::spectra {
namespace {

TEST(CrossFit, EqualsAFitWithoutEachFold) {
  Rng rng(11);
  Eigen::MatrixXd x(40, 25);
  Eigen::VectorXd y(40);
  for (int i = 0; i < 40; ++i) {
    const double a = rng.normal(), b = rng.normal();
    for (int j = 0; j < 25; ++j) x(i, j) = 50 + a * std::sin(0.3 * j) + b * 0.1 * j + rng.normal(0, 0.05);
    y[i] = 3 * a - b + rng.normal(0, 0.1);
  }
  std::vector<int> fold(40);
  for (int i = 0; i < 40; ++i) fold[static_cast<std::size_t>(i)] = i * 7 % 5;
  const auto cross = cross_fit(x, y, fold, 6, 8).value();   // fold 5 has no rows: no model
  EXPECT_EQ(cross.without[5].components(), 0);
  for (int f = 0; f < 5; ++f) {
    std::vector<Eigen::Index> inside, outside;
    for (int i = 0; i < 40; ++i) (fold[static_cast<std::size_t>(i)] == f ? outside : inside).push_back(i);
    const Eigen::MatrixXd train = x(inside, Eigen::all);
    const Eigen::VectorXd known = y(inside);
    const auto alone = fit_pls(train, known, 8).value();
    const auto& together = cross.without[static_cast<std::size_t>(f)];
    ASSERT_EQ(together.components(), alone.components());
    EXPECT_EQ(together.rows, alone.rows);
    EXPECT_LT((together.mean_x - alone.mean_x).norm(), 1e-11);
    EXPECT_LT((together.loadings - alone.loadings).norm(), 1e-9 * alone.loadings.norm());
    EXPECT_LT((together.score_variance - alone.score_variance).norm(), 1e-9 * alone.score_variance.norm());
    for (int a = 1; a <= 8; ++a) {
      const Eigen::VectorXd b = alone.coefficients(a).col(0);
      for (const auto i : outside) {
        EXPECT_NEAR(cross.predicted(i, a - 1), (x.row(i) - alone.mean_x).dot(b) + alone.mean_y[0], 1e-9) << f << ' ' << a;
      }
    }
  }
}

TEST(CrossFit, StopsWhereThereIsNoMoreToExplain) {
  Eigen::MatrixXd x(6, 2);
  x << 1, 2, 2, 4, 3, 6, 4, 8, 5, 10, 6, 12;   // one direction only
  const Eigen::VectorXd y = x.col(0);
  const auto cross = cross_fit(x, y, {0, 1, 2, 0, 1, 2}, 3, 4).value();
  for (int i = 0; i < 6; ++i) {
    for (int a = 0; a < 4; ++a) EXPECT_NEAR(cross.predicted(i, a), y[i], 1e-9);
  }
}

TEST(CrossFit, RefusesWhatDoesNotFit) {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(6, 3);
  const Eigen::VectorXd y = Eigen::VectorXd::Random(6);
  EXPECT_FALSE(cross_fit(x, y, {0, 1, 2}, 3, 2));
  EXPECT_FALSE(cross_fit(x, y, {0, 1, 2, 0, 1, 3}, 3, 2));
  EXPECT_FALSE(cross_fit(x, y, {0, 0, 0, 0, 1, 1}, 2, 2));
  EXPECT_FALSE(cross_fit(x, Eigen::VectorXd::Ones(6), {0, 1, 2, 0, 1, 2}, 3, 2));
}

}  // namespace
}  // namespace beltwarden::spectra
