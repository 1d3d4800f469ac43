#include "science/spectra/regressor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include "base/rng.h"
#include "science/spectra/combination.h"
#include "science/spectra/reference_data_test.h"
#include "science/spectra/simpls.h"
#include "science/spectra/variable_selection.h"

namespace beltwarden::spectra {
namespace {

// Two bands: one grows with the response (as its square where `curved`), one with something else.
TrainingSet bands(int rows, bool curved, std::uint64_t seed, int scans = 1, double spot = 0) {
  TrainingSet set;
  set.axis_nm = regular_axis(1000, 1590, 10);
  const auto points = static_cast<Eigen::Index>(set.axis_nm.size());
  set.spectra.resize(rows * scans, points);
  set.values.resize(rows * scans, 1);
  set.responses = {"y"};
  Rng rng(seed);
  for (int i = 0; i < rows; ++i) {
    const double y = rng.uniform(0, 2), other = rng.uniform(0, 1);
    for (int s = 0; s < scans; ++s) {
      const double here = y + spot * rng.normal(), a = curved ? here * here : here;
      const auto row = static_cast<Eigen::Index>(i * scans + s);
      for (Eigen::Index j = 0; j < points; ++j) {
        const double nm = set.axis_nm[static_cast<std::size_t>(j)];
        set.spectra(row, j) = 1 + a * std::exp(-std::pow((nm - 1200) / 60, 2)) + other * std::exp(-std::pow((nm - 1250) / 80, 2)) + 0.002 * rng.normal();
      }
      set.values(row, 0) = y;
      set.groups.push_back(static_cast<std::uint32_t>(i));
    }
  }
  return set;
}

double rmse_on(const Regressor& model, const TrainingSet& set) {
  Regressor::Scratch scratch;
  double squares = 0;
  for (Eigen::Index i = 0; i < set.rows(); ++i) {
    squares += std::pow(model.predict(set.spectra.row(i).transpose(), scratch).value - set.values(i, 0), 2);
  }
  return std::sqrt(squares / static_cast<double>(set.rows()));
}

RegressorOptions few_treatments() {
  RegressorOptions o;
  o.treatments = {{}, parse_steps("sg(7,2,1)").value()};
  o.most_components = 8;
  return o;
}

TEST(Regressor, FindsCurvatureAPlaneCannotFollow) {
  const auto train = bands(90, true, 1), test = bands(60, true, 2);
  auto pls_only = few_treatments();
  pls_only.components = 3;
  const double straight = rmse_on(Regressor::fit(train, pls_only).value(), test);
  FitStory story;
  const auto model = Regressor::fit(train, few_treatments(), &story).value();
  EXPECT_LT(rmse_on(model, test), 0.4 * straight);
  EXPECT_THAT(story.why, ::testing::HasSubstr("Chosen: "));
  EXPECT_THAT(model.why(), ::testing::StrEq(story.why));
}

TEST(Regressor, KeepsToASinglePlsWhereThatIsEnough) {
  const auto model = Regressor::fit(bands(60, false, 1), few_treatments()).value();
  EXPECT_LT(rmse_on(model, bands(50, false, 2)), 0.01);
}

TEST(Regressor, StatesErrorsThatCoverNineteenInTwenty) {
  const auto train = bands(150, true, 3, 1, 0.1), test = bands(400, true, 4, 1, 0.1);
  const auto model = Regressor::fit(train, few_treatments()).value();
  Regressor::Scratch scratch;
  int covered = 0;
  for (Eigen::Index i = 0; i < test.rows(); ++i) {
    const auto p = model.predict(test.spectra.row(i).transpose(), scratch);
    covered += std::abs(p.value - test.values(i, 0)) <= 1.96 * p.std_error;
  }
  EXPECT_GE(covered, 400 * 0.92);
  EXPECT_LE(covered, 400 * 0.98);
}

TEST(Regressor, DrawsTheMeanOfScansBackFromTheMeanOfTheCalibration) {
  // Single scans see their own spot, sd 0.6 in a response of sd 0.58: half of what a scan tells is about its spot.
  const auto train = bands(400, false, 5, 1, 0.6), test = bands(200, false, 6, 10, 0.6);
  auto options = few_treatments();
  options.components = 3;
  const auto model = Regressor::fit(train, options).value();
  Regressor::Scratch scratch;
  ScanSpread seen;
  std::vector<double> means;
  std::vector<Prediction> of_mean;
  for (int i = 0; i < 200; ++i) {
    double sum = 0, squares = 0;
    for (int s = 0; s < 10; ++s) {
      const double v = model.predict(test.spectra.row(10 * i + s).transpose(), scratch).value;
      sum += v, squares += v * v;
    }
    seen.squares += squares - sum * sum / 10, seen.dof += 9;
    means.push_back(sum / 10);
    of_mean.push_back(model.predict(test.spectra.middleRows(10 * i, 10).colwise().mean().transpose(), scratch));
  }
  double plain = 0, drawn = 0, covered = 0;
  for (int i = 0; i < 200; ++i) {
    const auto p = model.of_slice(of_mean[static_cast<std::size_t>(i)], means[static_cast<std::size_t>(i)], 10, seen);
    const double y = test.values(10 * i, 0);
    plain += std::pow(means[static_cast<std::size_t>(i)] - y, 2);
    drawn += std::pow(p.value - y, 2);
    covered += std::abs(p.value - y) <= 1.96 * p.std_error;
  }
  // By theory sqrt(0.5^2 0.33 + 0.25 0.036) = 0.30 against sqrt(0.33 0.036 / 0.37) = 0.18.
  EXPECT_NEAR(std::sqrt(plain / 200), 0.30, 0.04);
  EXPECT_NEAR(std::sqrt(drawn / 200), 0.18, 0.03);
  EXPECT_GE(covered, 200 * 0.90);
}

TEST(Regressor, IsTheSameFromBytesAndWithThreads) {
  const auto train = bands(70, true, 7);
  const auto model = Regressor::fit(train, few_treatments()).value();
  auto side_by_side = few_treatments();
  side_by_side.executor = [](std::size_t count, const std::function<void(std::size_t)>& task) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(task, i);
    for (auto& t : threads) t.join();
  };
  const auto bytes = model.to_bytes();
  EXPECT_EQ(bytes, Regressor::fit(train, side_by_side).value().to_bytes());
  const auto again = Regressor::from_bytes(bytes).value();
  Regressor::Scratch scratch;
  const auto a = model.predict(train.spectra.row(3).transpose(), scratch), b = again.predict(train.spectra.row(3).transpose(), scratch);
  EXPECT_EQ(a.value, b.value);
  EXPECT_NEAR(a.std_error, b.std_error, 1e-12);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 997) EXPECT_FALSE(Regressor::from_bytes(bytes.substr(0, cut)));
}

TEST(Regressor, SaysWhatLiesOutsideAndWhatIsInvalid) {
  const auto train = bands(60, false, 8);
  const auto model = Regressor::fit(train, few_treatments()).value();
  Regressor::Scratch scratch;
  Eigen::VectorXd x = train.spectra.row(0).transpose();
  EXPECT_EQ(model.predict(x, scratch).verdict, FitVerdict::kOk);
  x.segment(40, 6).array() += 0.5;
  EXPECT_EQ(model.predict(x, scratch).verdict, FitVerdict::kOutsideCalibration);
  x.setConstant(std::nan(""));
  EXPECT_EQ(model.predict(x, scratch).verdict, FitVerdict::kInvalid);
}

TEST(Regressor, AnswersThroughGapsWithWiderErrors) {
  const auto train = bands(90, false, 11);
  const auto model = Regressor::fit(train, few_treatments()).value();
  auto test = bands(60, false, 12);
  const double whole = rmse_on(model, test);
  auto gaps = test;
  gaps.spectra.rightCols(10).setConstant(std::nan(""));       // a sixth of the axis, where no band is
  gaps.spectra.col(20).setConstant(std::nan(""));             // and the top of the band that tells
  EXPECT_LT(rmse_on(model, gaps), 2 * whole + 0.01);
  Regressor::Scratch scratch;
  double covered = 0;
  for (Eigen::Index i = 0; i < gaps.rows(); ++i) {
    const auto p = model.predict(gaps.spectra.row(i).transpose(), scratch), full = model.predict(test.spectra.row(i).transpose(), scratch);
    ASSERT_EQ(p.verdict, FitVerdict::kOk) << i;
    EXPECT_GE(p.std_error, full.std_error * 0.9);
    covered += std::abs(p.value - gaps.values(i, 0)) <= 1.96 * p.std_error;
  }
  EXPECT_GE(covered, 60 * 0.88);
  // Without the band the value is a guess, and says so.
  auto blind = test;
  blind.spectra.middleCols(8, 25).setConstant(std::nan(""));
  const auto guess = model.predict(blind.spectra.row(0).transpose(), scratch), known = model.predict(test.spectra.row(0).transpose(), scratch);
  EXPECT_GT(guess.std_error, 5 * known.std_error);
  const auto again = Regressor::from_bytes(model.to_bytes()).value();
  EXPECT_EQ(again.predict(gaps.spectra.row(1).transpose(), scratch).value, model.predict(gaps.spectra.row(1).transpose(), scratch).value);
}

TEST(Regressor, RowsWithGapsAreLearntFrom) {
  auto train = bands(80, false, 13);
  for (Eigen::Index i = 0; i < train.rows(); i += 4) train.spectra.row(i).segment(40, 15).setConstant(std::nan(""));
  train.spectra(3, 30) = std::nan("");
  FitStory story;
  const auto model = Regressor::fit(train, few_treatments(), &story).value();
  EXPECT_EQ(story.row.size(), 80u);
  EXPECT_LT(rmse_on(model, bands(40, false, 14)), 0.02);
}

TEST(Regressor, KeepsFewTreatmentsOfLargeSetsInMemory) {
  const auto train = bands(60, false, 15);
  auto options = few_treatments();
  options.treatments = {{}, parse_steps("sg(7,2,1)").value(), parse_steps("snv").value(), parse_steps("detrend").value(), parse_steps("sg(9,2,1)").value(),
                        parse_steps("sg(11,2,1)").value(), parse_steps("sg(9,2,2)").value()};
  FitStory all, few;
  Regressor::fit(train, options, &all).value();
  options.most_bytes = 1;
  Regressor::fit(train, options, &few).value();
  const auto treatments = [](const FitStory& story) {
    std::set<std::string> names;
    for (const auto& c : story.candidates) names.insert(c.treatment);
    return names.size();
  };
  EXPECT_EQ(treatments(all), 7u);
  EXPECT_EQ(treatments(few), 5u);
}

// Spectra that say nothing of the response: whatever the search tries, the error it states must not promise more than the mean does.
TEST(Regressor, StatesNoSkillOnPureNoise) {
  for (const int rows : {60, 150}) {
    double stated = 0;
    constexpr int kSets = 6;
    for (std::uint64_t seed = 1; seed <= kSets; ++seed) {
      auto noise = bands(rows, false, 100 + seed);
      Rng rng(200 + seed);
      double mean = 0, squares = 0;
      for (Eigen::Index i = 0; i < rows; ++i) noise.values(i, 0) = rng.normal(), mean += noise.values(i, 0) / rows;
      for (Eigen::Index i = 0; i < rows; ++i) squares += std::pow(noise.values(i, 0) - mean, 2);
      stated += Regressor::fit(noise, few_treatments()).value().rmsecv() / std::sqrt(squares / rows) / kSets;
    }
    std::cout << rows << " rows of noise: stated RMSECV " << stated << " standard deviations\n";
    EXPECT_GE(stated, 0.97) << rows;
  }
}

TEST(Regressor, EqualsRpls) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto read = [&](const std::string& set) {
    return testing::read_table(data / "spectra/gasoline.csv", [&](auto& meta) { return meta.at("set") == set; }).set;
  };
  RegressorOptions o;
  o.treatments = {{}};
  o.components = 2;
  const auto model = Regressor::fit(read("train"), o).value();
  const auto test = read("test");
  const auto expected = testing::json_numbers(testing::slurp(data / "spectra/golden/gasoline_pls_r.json"), {"simpls", "test_predictions", "2"});
  Regressor::Scratch scratch;
  for (int i = 0; i < 10; ++i) {
    const double wanted = expected[static_cast<std::size_t>(i)];
    EXPECT_NEAR(model.predict(test.spectra.row(i).transpose(), scratch).value, wanted, 1e-12 * wanted);
  }
}

TEST(Simpls, EqualsRplsAndTheKernelAlgorithm) {
  BELTWARDEN_NEEDS_REFERENCE_DATA(data);
  const auto train = testing::read_table(data / "spectra/gasoline.csv", [](auto& meta) { return meta.at("set") == "train"; }).set;
  const auto test = testing::read_table(data / "spectra/gasoline.csv", [](auto& meta) { return meta.at("set") == "test"; }).set;
  const auto pls = fit_simpls(train.spectra, train.values, 10).value();
  const auto json = testing::slurp(data / "spectra/golden/gasoline_pls_r.json");
  for (int a : {1, 2, 5, 10}) {
    const auto expected = testing::json_numbers(json, {"simpls", "test_predictions", std::to_string(a)});
    const Eigen::VectorXd value = ((test.spectra.rowwise() - pls.mean_x) * pls.coefficients(a)).col(0).array() + pls.mean_y[0];
    for (int i = 0; i < 10; ++i) EXPECT_NEAR(value[i], expected[static_cast<std::size_t>(i)], 1e-9 * value[i]) << a;
  }
}

TEST(Vip, MeanSquareIsOneAndTheBandStandsOut) {
  const auto set = bands(60, false, 9);
  const auto pls = fit_pls(set.spectra, set.values, 3).value();
  const auto v = vip(pls);
  EXPECT_NEAR(v.squaredNorm() / static_cast<double>(v.size()), 1, 1e-12);
  Eigen::Index top = 0;
  v.maxCoeff(&top);
  EXPECT_NEAR(set.axis_nm[static_cast<std::size_t>(top)], 1200, 40);
}

TEST(Combination, AveragesWhatErrsDifferently) {
  // Two predictors with errors +1, -1 alternating against each other, and a worse third.
  Eigen::MatrixXd p(6, 3);
  Eigen::VectorXd y(6);
  for (int i = 0; i < 6; ++i) {
    y[i] = i;
    const double e = i % 2 == 0 ? 1 : -1;
    p.row(i) << i + e, i - e, i + 3;
  }
  const auto c = combine(p, y, {0, 0, 1, 1, 2, 2}, 3, 6);
  EXPECT_EQ(c.weights.size(), 2u);
  EXPECT_DOUBLE_EQ(c.weights[0].second, 0.5);
  EXPECT_NEAR(c.rmse, 0, 1e-12);
  EXPECT_DOUBLE_EQ(combine(p, y, {0, 0, 1, 1, 2, 2}, 3, 1).rmse, 1);
}

TEST(Combination, OneStandardErrorPrefersFewerComponents) {
  // Errors of one component: 1, -1, 1, -1; of two: 1, -1, 1, -0.99: better, but not by more than chance.
  Eigen::MatrixXd p(4, 2);
  p << 1, 1, -1, -1, 1, 1, -1, -0.99;
  EXPECT_EQ(components_by_one_standard_error(p, Eigen::VectorXd::Zero(4), {0, 1, 2, 3}), 1);
  p.col(1).setConstant(0.1);
  EXPECT_EQ(components_by_one_standard_error(p, Eigen::VectorXd::Zero(4), {0, 1, 2, 3}), 2);
}

}  // namespace
}  // namespace beltwarden::spectra
