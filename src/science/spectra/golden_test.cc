// Parity with reference programs (R pls, scikit-learn, scipy) on public data.
#include <gtest/gtest.h>

#include <cmath>

#include "science/spectra/pls.h"
#include "science/spectra/reference_data_test.h"
#include "science/spectra/statistics.h"
#include "science/spectra/treatment.h"

namespace beltwarden::spectra {
namespace {

using testing::json_numbers;

testing::Table gasoline(const std::filesystem::path& data, const std::string& set) {
  return testing::read_table(data / "spectra/gasoline.csv", [&](auto& meta) { return set.empty() || meta.at("set") == set; });
}

TEST(Golden, PlsEqualsRpls) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto train = gasoline(data, "train").set, test = gasoline(data, "test").set;
  ASSERT_EQ(train.rows(), 50);
  const auto pls = fit_pls(train.spectra, train.values, 10).value();
  const auto json = testing::slurp(data / "spectra/golden/gasoline_pls_r.json");
  for (int a = 1; a <= 10; ++a) {
    const auto expected = json_numbers(json, {"simpls", "test_predictions", std::to_string(a)});
    ASSERT_EQ(expected.size(), 10u);
    const Eigen::VectorXd value =
        ((test.spectra.rowwise() - pls.mean_x) * pls.coefficients(a)).col(0).array() + pls.mean_y[0];
    for (int i = 0; i < 10; ++i) EXPECT_NEAR(value[i], expected[static_cast<std::size_t>(i)], 1e-11 * expected[static_cast<std::size_t>(i)]) << a;
  }
  // The list of coefficients, by components; R's own three methods differ by up to 3.4e-9 of a coefficient.
  std::vector<std::string> keys{"simpls", "coefficients"};
  for (int a = 1; a <= 10; ++a) {
    keys.push_back("b");
    const auto b = json_numbers(json, keys);
    ASSERT_EQ(b.size(), 401u);
    const Eigen::VectorXd ours = pls.coefficients(a).col(0);
    const double largest = ours.cwiseAbs().maxCoeff();
    for (std::size_t i = 0; i < b.size(); ++i) EXPECT_NEAR(ours[static_cast<Eigen::Index>(i)], b[i], 1e-9 * largest) << a;
  }
  const Eigen::VectorXd two =
      ((test.spectra.rowwise() - pls.mean_x) * pls.coefficients(2)).col(0).array() + pls.mean_y[0];
  EXPECT_NEAR(std::sqrt((two - test.values.col(0)).squaredNorm() / 10), 0.24448250151412873, 1e-12);
}

TEST(Golden, LeaveOneOutEqualsRpls) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto train = gasoline(data, "train").set;
  std::vector<int> fold(50);
  for (int i = 0; i < 50; ++i) fold[static_cast<std::size_t>(i)] = i;
  const auto predicted = cross_fit(train.spectra, train.values.col(0), fold, 50, 10).value().predicted;
  const auto rmsep = [&](int a) { return std::sqrt((predicted.col(a - 1) - train.values.col(0)).squaredNorm() / 50); };
  const auto json = testing::slurp(data / "spectra/golden/gasoline_pls_r.json");
  const auto expected = json_numbers(json, {"simpls", "rmsep_loo_cv_0_to_10"});
  ASSERT_EQ(expected.size(), 11u);
  for (int a = 1; a <= 10; ++a) EXPECT_NEAR(rmsep(a), expected[static_cast<std::size_t>(a)], 1e-9 * expected[static_cast<std::size_t>(a)]) << a;
  for (int a : {2, 3}) {
    const auto rows = json_numbers(json, {"simpls", "loo_predictions", std::to_string(a)});
    ASSERT_EQ(rows.size(), 50u);
    for (int i = 0; i < 50; ++i) EXPECT_NEAR(predicted(i, a - 1), rows[static_cast<std::size_t>(i)], 1e-10 * rows[static_cast<std::size_t>(i)]);
  }
}

TEST(Golden, ScaledPlsEqualsScikitLearn) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto train = gasoline(data, "train").set, test = gasoline(data, "test").set;
  auto scaled = Treatment::make(train.axis_nm, parse_steps("autoscale").value()).value();
  ASSERT_TRUE(scaled.fit(train.spectra));
  const auto pls = fit_pls(treat(scaled, train).x, train.values, 2).value();
  const auto json = testing::slurp(data / "spectra/golden/gasoline_pls_sklearn.json");
  const auto expected = json_numbers(json, {"intercept", "test_predictions"});
  ASSERT_EQ(expected.size(), 10u);
  const Eigen::VectorXd value = ((treat(scaled, test).x.rowwise() - pls.mean_x) * pls.coefficients(2)).col(0).array() + pls.mean_y[0];
  for (int i = 0; i < 10; ++i) EXPECT_NEAR(value[i], expected[static_cast<std::size_t>(i)], 1e-11 * expected[static_cast<std::size_t>(i)]);
  const auto b = json_numbers(json, {"intercept", "b"});
  ASSERT_EQ(b.size(), 401u);
  for (int j = 0; j < 401; ++j) {
    const Eigen::VectorXd column = train.spectra.col(j);
    const double sd = std::sqrt((column.array() - column.mean()).square().sum() / 49);
    EXPECT_NEAR(pls.coefficients(2)(j, 0) / sd, b[static_cast<std::size_t>(j)], 1e-9);
  }
}

TEST(Golden, PcaDistancesAndLimitsEqualScikitLearn) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto train = gasoline(data, "train").set, all = gasoline(data, "").set;
  const auto pca = fit_pca(train.spectra, 3).value();
  const auto json = testing::slurp(data / "spectra/golden/gasoline_pca.json");
  const auto t2 = json_numbers(json, {"scores", "hotelling_t2"});
  const auto q = json_numbers(json, {"scores", "hotelling_t2", "q"});
  const auto scores = json_numbers(json, {"loadings", "scores"});
  ASSERT_EQ(t2.size(), 60u);
  ASSERT_EQ(q.size(), 60u);
  Eigen::VectorXd s, rest;
  std::vector<double> train_q;
  for (int i = 0; i < 60; ++i) {
    const auto d = pca.distance(all.spectra.row(i).transpose(), s, rest);
    EXPECT_NEAR(d.t2, t2[static_cast<std::size_t>(i)], 1e-10 * t2[static_cast<std::size_t>(i)]);
    EXPECT_NEAR(d.q, q[static_cast<std::size_t>(i)], 1e-10 * q[static_cast<std::size_t>(i)]);
    for (int a = 0; a < 3; ++a) EXPECT_NEAR(s[a], scores[static_cast<std::size_t>(3 * i + a)], 1e-11);
    if (i < 50) train_q.push_back(d.q);
  }
  EXPECT_NEAR(t2_limit(0.95, 3, 50), 8.94010925752893, 1e-9);
  EXPECT_NEAR(t2_limit(0.99, 3, 50), 13.487902314577838, 1e-9);
  EXPECT_NEAR(q_limit_box(0.95, train_q), 0.008134964234225054, 1e-11);
  EXPECT_NEAR(q_limit_box(0.99, train_q), 0.01099508310022413, 1e-11);
  const std::vector<double> left(pca.left_out.begin(), pca.left_out.end());
  EXPECT_NEAR(q_limit_jackson_mudholkar(0.95, left), 0.0008796097522163456, 1e-10);
  EXPECT_NEAR(q_limit_jackson_mudholkar(0.99, left), 0.0005349311557369742, 1e-10);
}

TEST(Golden, TreatmentsEqualScipy) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto all = gasoline(data, "").set;
  const auto json = testing::slurp(data / "spectra/golden/gasoline_preprocess.json");
  const std::pair<const char*, const char*> cases[] = {
      {"snv", "snv"}, {"savgol_d0", "sg(11,2,0)"}, {"savgol_d1", "sg(11,2,1)"}, {"savgol_d2", "sg(11,2,2)"},
      {"detrend2", "detrend"}, {"snv_savgol_15_2_1", "snv,sg(15,2,1)"}};
  Treatment::Scratch scratch;
  Eigen::VectorXd out(401);
  for (const auto& [key, steps] : cases) {
    const auto treatment = Treatment::make(all.axis_nm, parse_steps(steps).value()).value();
    const auto expected = json_numbers(json, {"raw", key});
    ASSERT_EQ(expected.size(), 1203u) << key;
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(treatment.apply(all.spectra.row(i).transpose(), scratch, out));
      for (int j = 0; j < 401; ++j) EXPECT_NEAR(out[j], expected[static_cast<std::size_t>(401 * i + j)], 1e-12) << key << ' ' << j;
    }
  }
}

}  // namespace
}  // namespace beltwarden::spectra
