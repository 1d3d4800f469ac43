#include "apps/lab/spectra/regression_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "apps/lab/spectra/transfer_fit.h"
#include "base/rng.h"

namespace beltwarden::lab {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Two bands, of `y:Fe` and of something else, for the classes A and B that differ in level; `bend` is another instrument's.
SpectralTable table(const std::string& prefix, int rows, int scans, std::uint64_t seed, double bend = 0) {
  Rng rng(seed);
  std::string text = "id,class,y:Fe,y:LOI";
  for (int nm = 1000; nm < 1400; nm += 10) text += ',' + std::to_string(nm);
  text += '\n';
  for (int i = 0; i < rows; ++i) {
    const double fe = rng.uniform(60, 64), loi = rng.uniform(2, 4);
    for (int s = 1; s <= scans; ++s) {
      text += prefix + std::to_string(i) + (scans > 1 ? "/" + std::to_string(s) : "") + (i % 2 == 0 ? ",A," : ",B,") + std::to_string(fe) + ',' +
              (i % 7 == 0 ? "" : std::to_string(loi));
      for (int j = 0; j < 40; ++j) {
        const double x = 0.3 + (i % 2) * 0.05 + 0.05 * (fe - 60) * std::exp(-std::pow((j - 12) / 4.0, 2)) +
                         0.04 * loi * std::exp(-std::pow((j - 25) / 6.0, 2)) + 0.0005 * rng.normal();
        text += ',' + std::to_string((1 - bend) * x + 0.02 * bend * j);
      }
      text += '\n';
    }
  }
  return parse_spectral_table(text, prefix, {}).value();
}

FitRequest request(std::vector<std::string> responses, const std::string& by = "") {
  FitRequest r;
  r.table = table("train", 60, 1, 1);
  r.responses = std::move(responses);
  r.by = by;
  r.preprocess = "sg(7,2,1)";
  r.components = "3";
  r.progress = [](const std::string&, double) {};
  r.say = [](const std::string&) {};
  return r;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out(1);
  for (char c : text) {
    if (c == '\n') out.emplace_back();
    else out.back() += c;
  }
  out.pop_back();
  return out;
}

TEST(RegressionKind, PredictsRowsAndSlices) {
  const auto model = fit_regression(request({"y:Fe"})).value();
  const auto rows = lines(predict_regression(model, table("t", 4, 3, 2), false).value());
  EXPECT_EQ(rows[0], "id,value,std_error,t2,t2_limit,q,q_limit,verdict");
  EXPECT_EQ(rows.size(), 13u);
  EXPECT_THAT(rows[1], StartsWith("t0/1,6"));
  EXPECT_TRUE(rows[1].ends_with(",ok")) << rows[1];
  const auto slices = lines(predict_regression(model, table("t", 4, 3, 2), true).value());
  EXPECT_EQ(slices.size(), 5u);
  EXPECT_THAT(slices[1], StartsWith("t0,6"));
}

TEST(RegressionKind, RepeatsRowsForSeveralResponses) {
  const auto model = fit_regression(request({"Fe", "y:LOI"})).value();   // either name; LOI is missing in some rows
  const auto rows = lines(predict_regression(model, table("t", 2, 1, 2), false).value());
  EXPECT_EQ(rows[0], "id,response,value,std_error,t2,t2_limit,q,q_limit,verdict");
  EXPECT_THAT(rows[1], StartsWith("t0,y:Fe,6"));
  EXPECT_THAT(rows[2], StartsWith("t0,y:LOI,"));
}

TEST(RegressionKind, EvaluatesOverallAndByClass) {
  const auto model = fit_regression(request({"y:Fe"}, "class")).value();
  const auto json = evaluate_regression(model, table("t", 40, 1, 2), false, true).value();
  EXPECT_THAT(json, StartsWith("{\"response\":\"y:Fe\",\"n\":40,\"rmse\":0.0"));
  EXPECT_THAT(json, HasSubstr("\"by\":{\"A\":{\"n\":20,"));
  EXPECT_THAT(evaluate_regression(model, table("t", 40, 1, 2), false, false).value(), HasSubstr("  B: n 20, RMSE 0.0"));
}

TEST(RegressionKind, AClassItNeverSawIsOutsideCalibration) {
  const auto model = fit_regression(request({"y:Fe"}, "class")).value();
  auto other = table("t", 2, 1, 2);
  other.meta[0] = {"A", "Z"};
  const auto rows = lines(predict_regression(model, other, false).value());
  EXPECT_TRUE(rows[1].ends_with(",ok"));
  EXPECT_TRUE(rows[2].ends_with(",outside_calibration"));
}

TEST(RegressionKind, AnswersThroughGapsAndIsInvalidWithoutASpectrum) {
  const auto model = fit_regression(request({"y:Fe"})).value();
  auto gaps = table("t", 3, 1, 2);
  const double whole = std::stod(lines(predict_regression(model, gaps, false).value())[1].substr(3));
  gaps.set.spectra.row(0).tail(8).setConstant(std::nan(""));      // a fifth of the axis, beside the band of y:Fe
  gaps.set.spectra.row(1).head(35).setConstant(std::nan(""));
  const auto rows = lines(predict_regression(model, gaps, false).value());
  EXPECT_TRUE(rows[1].ends_with(",ok")) << rows[1];
  EXPECT_NEAR(std::stod(rows[1].substr(3)), whole, 0.1);
  EXPECT_EQ(rows[2], "t1,,,,,,,invalid");
}

TEST(RegressionKind, SaysWhatIsWrong) {
  auto r = request({"y:Mn"});
  EXPECT_THAT(fit_regression(r).error().message, HasSubstr("--response y:Mn"));
  r = request({"y:Fe"});
  r.components = "many";
  EXPECT_THAT(fit_regression(r).error().message, HasSubstr("expected auto or a whole number"));
  r.components = "3";
  r.preprocess = "snvv";
  EXPECT_THAT(fit_regression(r).error().message, HasSubstr("--preprocess"));
}

TEST(Transfer, MovesAModelToAnotherInstrument) {
  const auto bundle = fit_regression(request({"y:Fe"})).value();
  const auto models = RegressionModels::from_bundle(bundle).value();
  // The same standards on both: the same seed.
  const auto a = table("s", 20, 1, 5), b = table("s", 20, 1, 5, 0.2);
  const auto moved = transfer_models(models, a, b, [](const std::string&) {}).value();
  const auto test = table("t", 60, 1, 6, 0.2);
  const auto error = [&](const RegressionModels& m) {
    const auto answers = ask(m, test, false).value();
    double squares = 0;
    for (std::size_t i = 0; i < 60; ++i) squares += std::pow(answers.of[0][i].value - test.set.values(static_cast<Eigen::Index>(i), 0), 2);
    return std::sqrt(squares / 60);
  };
  EXPECT_GT(error(models), 0.3);
  EXPECT_LT(error(moved), 0.05);
  const auto again = RegressionModels::from_bundle(moved.to_bundle()).value();
  EXPECT_DOUBLE_EQ(error(again), error(moved));
  EXPECT_FALSE(transfer_models(models, a, test, [](const std::string&) {}));   // no id in common
}

TEST(Transfer, StandardsWithGapsServeAndInvalidOnesAreLeftOut) {
  const auto models = RegressionModels::from_bundle(fit_regression(request({"y:Fe"})).value()).value();
  auto a = table("s", 20, 1, 5), b = table("s", 20, 1, 5, 0.2);
  a.set.spectra.row(3).setConstant(std::nan(""));
  b.set.spectra.row(4).setConstant(std::nan(""));
  b.set.spectra.row(5).tail(6).setConstant(std::nan(""));
  std::string said;
  const auto moved = transfer_models(models, a, b, [&](const std::string& line) { said += line + '\n'; }).value();
  EXPECT_THAT(said, HasSubstr("left out, as their spectra are not valid: s3, s4."));
  EXPECT_THAT(said, HasSubstr("18 standards"));
  auto test = table("t", 60, 1, 6, 0.2);
  test.set.spectra.row(7).tail(6).setConstant(std::nan(""));
  const auto again = RegressionModels::from_bundle(moved.to_bundle()).value();
  const auto answers = ask(again, test, false).value();
  double squares = 0;
  for (std::size_t i = 0; i < 60; ++i) squares += std::pow(answers.of[0][i].value - test.set.values(static_cast<Eigen::Index>(i), 0), 2);
  EXPECT_LT(std::sqrt(squares / 60), 0.1);
  EXPECT_EQ(answers.of[0][7].verdict, spectra::FitVerdict::kOk);
}

TEST(Transfer, MovesTheModelsOfEachClass) {
  const auto models = RegressionModels::from_bundle(fit_regression(request({"y:Fe"}, "class")).value()).value();
  ASSERT_EQ(models.models[0].size(), 3u);   // A, B and all rows
  const auto moved = transfer_models(models, table("s", 20, 1, 5), table("s", 20, 1, 5, 0.2), [](const std::string&) {}).value();
  const auto test = table("t", 60, 1, 6, 0.2);
  const auto before = ask(models, test, false).value(), after = ask(moved, test, false).value();
  double off_before = 0, off_after = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    const double y = test.set.values(static_cast<Eigen::Index>(i), 0);
    off_before += std::pow(before.of[0][i].value - y, 2) / 60;
    off_after += std::pow(after.of[0][i].value - y, 2) / 60;
  }
  EXPECT_LT(std::sqrt(off_after), 0.1);
  EXPECT_GT(std::sqrt(off_before), 3 * std::sqrt(off_after));
}

}  // namespace
}  // namespace beltwarden::lab
