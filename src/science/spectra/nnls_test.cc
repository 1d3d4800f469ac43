#include "science/spectra/nnls.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "science/spectra/reference_data_test.h"

namespace beltwarden::spectra {
namespace {

Eigen::MatrixXd two_columns() {
  Eigen::MatrixXd a(3, 2);
  a << 1, 0, 0, 1, 0, 0;
  return a;
}

TEST(Nnls, WhatIsPositiveIsLeastSquares) {
  const auto r = nnls(two_columns(), Eigen::Vector3d(2, 3, 1)).value();
  EXPECT_DOUBLE_EQ(r.x[0], 2);
  EXPECT_DOUBLE_EQ(r.x[1], 3);
  EXPECT_DOUBLE_EQ(r.residual_norm, 1);
  EXPECT_EQ(r.free, 2);
  EXPECT_DOUBLE_EQ(r.std_error[0], 1);   // sigma^2 = 1 / (3 - 2), columns of unit length
}

TEST(Nnls, WhatWouldBeNegativeIsZeroAndSaysHowMuchCouldHide) {
  const auto r = nnls(two_columns(), Eigen::Vector3d(2, -3, 0)).value();
  EXPECT_DOUBLE_EQ(r.x[0], 2);
  EXPECT_EQ(r.x[1], 0);
  EXPECT_EQ(r.free, 1);
  EXPECT_DOUBLE_EQ(r.residual_norm, 3);
  EXPECT_DOUBLE_EQ(r.std_error[1], 3 / std::sqrt(2.0));
}

TEST(Nnls, TheSumCanBeHeld) {
  const auto r = nnls_sum_to_one(two_columns(), Eigen::Vector3d(0.5, 0.9, 0)).value();
  EXPECT_NEAR(r.x.sum(), 1, 1e-7);
  EXPECT_NEAR(r.x[0], 0.3, 1e-7);        // the nearest point of x + y = 1
  EXPECT_NEAR(r.x[1], 0.7, 1e-7);
}

// The law of the optimum (Karush, Kuhn, Tucker): no gradient where free, none upwards where at zero.
TEST(Nnls, EndsWhereNoStepHelps) {
  Rng rng(7);
  for (int trial = 0; trial < 50; ++trial) {
    Eigen::MatrixXd a(12, 6);
    Eigen::VectorXd b(12);
    for (auto& v : a.reshaped()) v = rng.uniform() - 0.3;
    for (auto& v : b) v = rng.uniform() - 0.5;
    const auto r = nnls(a, b).value();
    const Eigen::VectorXd gradient = a.transpose() * (b - a * r.x);
    for (int j = 0; j < 6; ++j) {
      EXPECT_GE(r.x[j], 0);
      if (r.x[j] > 0) EXPECT_NEAR(gradient[j], 0, 1e-10);
      else EXPECT_LE(gradient[j], 1e-10);
    }
  }
}

TEST(Nnls, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(nnls(Eigen::MatrixXd::Ones(2, 3), Eigen::VectorXd::Ones(2)));
  EXPECT_FALSE(nnls(two_columns(), Eigen::VectorXd::Ones(2)));
  EXPECT_FALSE(nnls(two_columns(), Eigen::Vector3d(1, NAN, 0)));
}

TEST(Nnls, EqualsScipy) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto json = testing::slurp(data / "spectra/golden/unmix_nnls.json");
  std::vector<std::string> ids;
  for (std::size_t at = json.find('[', json.find("\"endmember_ids\"")), end = json.find(']', at); at < end;) {
    const auto open = json.find('"', at + 1), close = json.find('"', open + 1);
    if (open > end) break;
    ids.push_back(json.substr(open + 1, close - open - 1));
    at = close;
  }
  ASSERT_EQ(ids.size(), 7u);
  const auto table = testing::read_table(data / "spectra/ore_endmembers.csv", [](auto&) { return true; });
  std::vector<Eigen::Index> rows, used;
  for (const auto& id : ids) {
    const auto found = std::ranges::find(table.ids, id);
    ASSERT_NE(found, table.ids.end()) << id;
    rows.push_back(found - table.ids.begin());
  }
  const Eigen::MatrixXd members = table.set.spectra(rows, Eigen::all);
  for (Eigen::Index j = 0; j < members.cols(); ++j) {
    if (members.col(j).allFinite()) used.push_back(j);
  }
  const Eigen::MatrixXd a = members(Eigen::all, used).transpose();
  std::size_t at = json.find("\"mixtures\"");
  for (int k = 0; k < 5; ++k) {
    at = json.find("\"spectrum\"", at);
    ASSERT_NE(at, std::string::npos);
    const auto mixture = json.substr(at - 2);
    const auto spectrum = testing::json_numbers(mixture, {"spectrum"});
    const auto expected = testing::json_numbers(mixture, {"nnls"});
    ASSERT_EQ(expected.size(), 7u);
    Eigen::VectorXd b(static_cast<Eigen::Index>(used.size()));
    const bool whole = spectrum.size() == table.set.axis_nm.size();
    ASSERT_TRUE(whole || spectrum.size() == used.size());
    for (std::size_t i = 0; i < used.size(); ++i) b[static_cast<Eigen::Index>(i)] = spectrum[whole ? static_cast<std::size_t>(used[i]) : i];
    const auto r = nnls(a, b).value();
    for (int j = 0; j < 7; ++j) EXPECT_NEAR(r.x[j], expected[static_cast<std::size_t>(j)], 1e-11) << k << ' ' << j;
    at += 10;
  }
}

}  // namespace
}  // namespace beltwarden::spectra
