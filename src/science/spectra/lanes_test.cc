#include "science/spectra/lanes.h"

#include <gtest/gtest.h>

#include <bit>

#include "base/rng.h"
#include "science/spectra/plane.h"

namespace beltwarden::spectra {
namespace {

using lanes::Path;

Eigen::VectorXd drawn(Eigen::Index n, std::uint64_t seed) {
  Rng rng(seed);
  Eigen::VectorXd out(n);
  for (double& v : out) v = rng.normal() * std::pow(10.0, rng.uniform(-6, 6));   // where order matters
  return out;
}

std::uint64_t bits(double v) { return std::bit_cast<std::uint64_t>(v); }

TEST(Lanes, SumsByHand) {
  Eigen::VectorXd x(21);
  for (int i = 0; i < 21; ++i) x[i] = i;
  EXPECT_EQ(lanes::sum(x.data(), 21), 210);
  EXPECT_EQ(lanes::squares_about(x.data(), 21, 10), 770);   // 2 (1 + 4 + ... + 100)
  lanes::shift_and_scale(x.data(), 21, 10, 0.5);
  EXPECT_EQ(x[0], -5);
  EXPECT_EQ(x[20], 5);
}

TEST(Lanes, ProductsAndRestByHand) {
  Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(5, 2);
  columns(0, 0) = columns(4, 1) = 1;
  const lanes::Packed<double> packed(columns);
  const Eigen::VectorXd x = (Eigen::VectorXd(5) << 1, 2, 3, 4, 5).finished(), mean = Eigen::VectorXd::Ones(5);
  double out[2];
  packed.products(x.data(), mean.data(), out);
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(out[1], 4);
  EXPECT_EQ(packed.rest(x.data(), mean.data(), out), 1 + 4 + 9);   // without the last point
}

TEST(Lanes, TheSameBitsOnEveryInstructionSet) {
  if (lanes::best_path() != Path::kAvx2) GTEST_SKIP() << "skipped: this CPU has no AVX2 to compare with";
  for (Eigen::Index n : {1, 3, 4, 15, 16, 17, 63, 216, 701, 2151}) {
    const auto x = drawn(n, 1), mean = drawn(n, 2);
    EXPECT_EQ(bits(lanes::sum(x.data(), n, Path::kBaseline)), bits(lanes::sum(x.data(), n, Path::kAvx2))) << n;
    EXPECT_EQ(bits(lanes::squares_about(x.data(), n, 0.3, Path::kBaseline)), bits(lanes::squares_about(x.data(), n, 0.3, Path::kAvx2))) << n;
    auto a = x, b = x;
    lanes::shift_and_scale(a.data(), n, 0.7, 1.3, Path::kBaseline);
    lanes::shift_and_scale(b.data(), n, 0.7, 1.3, Path::kAvx2);
    for (Eigen::Index i = 0; i < n; ++i) ASSERT_EQ(bits(a[i]), bits(b[i])) << n;
    for (Eigen::Index columns : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 25}) {
      const lanes::Packed<double> packed(drawn(n * columns, 3).reshaped(n, columns));
      const lanes::Packed<float> shorter(drawn(n * columns, 3).reshaped(n, columns));
      Eigen::VectorXd p(columns), q(columns);
      packed.products(x.data(), mean.data(), p.data(), Path::kBaseline);
      packed.products(x.data(), mean.data(), q.data(), Path::kAvx2);
      for (Eigen::Index c = 0; c < columns; ++c) ASSERT_EQ(bits(p[c]), bits(q[c])) << n << ' ' << columns;
      const auto amounts = drawn(columns, 4);
      ASSERT_EQ(bits(packed.rest(x.data(), mean.data(), amounts.data(), Path::kBaseline)),
                bits(packed.rest(x.data(), mean.data(), amounts.data(), Path::kAvx2)))
          << n << ' ' << columns;
      shorter.products(x.data(), mean.data(), p.data(), Path::kBaseline);
      shorter.products(x.data(), mean.data(), q.data(), Path::kAvx2);
      for (Eigen::Index c = 0; c < columns; ++c) ASSERT_EQ(bits(p[c]), bits(q[c])) << n << ' ' << columns;
      ASSERT_EQ(bits(shorter.rest(x.data(), mean.data(), amounts.data(), Path::kBaseline)),
                bits(shorter.rest(x.data(), mean.data(), amounts.data(), Path::kAvx2)))
          << n << ' ' << columns;
    }
    if (n < 17) continue;
    for (bool odd : {false, true}) {
      const auto c = drawn(11, 5);
      Eigen::VectorXd p(n - 10), q(n - 10);
      lanes::filter(c.data(), 5, odd, x.data() + 5, n - 10, p.data(), Path::kBaseline);
      lanes::filter(c.data(), 5, odd, x.data() + 5, n - 10, q.data(), Path::kAvx2);
      for (Eigen::Index i = 0; i < n - 10; ++i) ASSERT_EQ(bits(p[i]), bits(q[i])) << n << ' ' << odd;
    }
  }
}

TEST(Plane, IsAsFarAsThePls) {
  Rng rng(7);
  Eigen::MatrixXd x(40, 57), y(40, 2);
  for (double& v : x.reshaped()) v = rng.normal();
  for (double& v : y.reshaped()) v = rng.normal();
  for (int components : {1, 4, 12}) {
    const auto pls = fit_pls(x, y, components).value();
    const Plane plane(pls);
    Eigen::VectorXd scores, expected_scores, rest;
    for (int i = 0; i < 5; ++i) {
      const Eigen::VectorXd row = x.row(i).transpose() * 1.5;
      const auto d = plane.distance(row, scores), expected = pls.distance(row, expected_scores, rest);
      EXPECT_NEAR(d.t2, expected.t2, 1e-5 * expected.t2);
      EXPECT_NEAR(d.q, expected.q, 1e-6 * expected.q);
      EXPECT_LT((scores - expected_scores).norm(), 1e-7 * row.norm());
    }
  }
}

}  // namespace
}  // namespace beltwarden::spectra
