#include "science/spectra/dd_simca.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"

namespace beltwarden::spectra {
namespace {

double chi2(Rng& rng, int dof) {
  double sum = 0;
  for (int i = 0; i < dof; ++i) {
    const double z = rng.normal();
    sum += z * z;
  }
  return sum;
}

TEST(DdSimca, MomentsByHand) {
  // h = 1, 2, 3, 4, 5: mean 3, variance 2.5, N = round(2 * 9 / 2.5) = 7. v = 2, 2, 2, 2, 7: mean 3, variance 5, N = round(3.6) = 4.
  const std::vector<Distance> d = {{1, 2}, {2, 2}, {3, 2}, {4, 2}, {5, 7}};
  const auto s = DdSimca::fit(d, false).value();
  EXPECT_DOUBLE_EQ(s.h_scale(), 3);
  EXPECT_DOUBLE_EQ(s.h_dof(), 7);
  EXPECT_DOUBLE_EQ(s.v_scale(), 3);
  EXPECT_DOUBLE_EQ(s.v_dof(), 4);
  EXPECT_DOUBLE_EQ(s.total({3, 6}), 7 + 8);
  EXPECT_NEAR(s.limit(0.05), 19.675, 1e-3);          // chi-squared table, 11 degrees
  EXPECT_NEAR(s.outlier_limit(0.05, 1), 19.675, 1e-3);
  EXPECT_GT(s.outlier_limit(0.05, 5), 24);
}

TEST(DdSimca, AcceptsTheShareAskedForAndStandsStrangers) {
  Rng rng(5);
  std::vector<Distance> members;
  for (int i = 0; i < 400; ++i) members.push_back({2.5 * chi2(rng, 6), 0.01 * chi2(rng, 9)});
  auto spoiled = members;
  for (int i = 0; i < 20; ++i) spoiled[static_cast<std::size_t>(i)] = {400, 3};
  for (const auto& s : {DdSimca::fit(members, false).value(), DdSimca::fit(members, true).value(), DdSimca::fit(spoiled, true).value()}) {
    Rng other(6);
    int refused = 0;
    for (int i = 0; i < 5000; ++i) refused += s.total({2.5 * chi2(other, 6), 0.01 * chi2(other, 9)}) > s.limit(0.01);
    EXPECT_GT(refused, 5);
    EXPECT_LT(refused, 125);                          // 50 expected
    EXPECT_GT(s.total({400, 3}), s.outlier_limit(0.01, 400));
  }
}

TEST(DdSimca, RefusesTooFew) {
  const std::vector<Distance> d = {{1, 2}, {2, 2}, {3, 2}, {4, 2}};
  EXPECT_FALSE(DdSimca::fit(d, false).ok());
}

}  // namespace
}  // namespace beltwarden::spectra
