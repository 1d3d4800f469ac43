#include "science/spectra/borrowed_ridge.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace beltwarden::spectra {
namespace {

// Classes whose coefficients vary by `own` about common ones, in 20 points of which noise hides much.
struct Classes {
  Eigen::MatrixXd x;
  Eigen::VectorXd y;
  std::vector<int> label;
};
Classes drawn(int classes, int rows, double own, std::uint64_t seed) {
  Rng rng(seed);
  Eigen::VectorXd common(20);
  for (double& v : common) v = rng.normal();
  Classes c{Eigen::MatrixXd(classes * rows, 20), Eigen::VectorXd(classes * rows), {}};
  for (int k = 0; k < classes; ++k) {
    Eigen::VectorXd of_class = common;
    for (double& v : of_class) v += own * rng.normal();
    for (int i = 0; i < rows; ++i) {
      const int row = k * rows + i;
      for (int j = 0; j < 20; ++j) c.x(row, j) = rng.normal();
      c.y[row] = 100 * k + c.x.row(row).dot(of_class) + 4 * rng.normal();
      c.x.row(row).array() += 5 * k;
      c.label.push_back(k);
    }
  }
  return c;
}

double error_of(const Classes& c, int related_classes) {
  RelatedRows related;
  const int rows = 30;
  related.x = c.x.middleRows(rows, related_classes * rows);
  related.y = c.y.segment(rows, related_classes * rows);
  related.label.assign(c.label.begin() + rows, c.label.begin() + rows * (1 + related_classes));
  std::vector<int> fold;
  for (int i = 0; i < rows; ++i) fold.push_back(i % 10);
  const auto fit = fit_borrowed(c.x.topRows(rows), c.y.head(rows), fold, 10, related).value();
  // What is kept agrees with what it predicts.
  EXPECT_EQ(fit.coefficients.size(), 20);
  EXPECT_NEAR(fit.constant + c.x.topRows(rows).colwise().mean().dot(fit.coefficients), c.y.head(rows).mean(), 1e-9);
  return std::sqrt((fit.predicted - c.y.head(rows)).squaredNorm() / rows);
}

TEST(BorrowedRidge, OthersHelpWhereRowsAreFew) {
  double one = 0, many = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto c = drawn(8, 30, 0.3, seed);
    one += error_of(c, 1) / 8;
    many += error_of(c, 7) / 8;
  }
  EXPECT_LT(many, one);
  EXPECT_LT(many, 5.2);    // 4 is noise; rows of the class alone, by least squares, would give about 4 sqrt(1 + 20 / 7)
}

TEST(BorrowedRidge, NeedsAnotherClass) {
  const auto c = drawn(1, 30, 0.3, 1);
  EXPECT_FALSE(fit_borrowed(c.x, c.y, std::vector<int>(30, 0), 2, {}).ok());
}

}  // namespace
}  // namespace beltwarden::spectra
