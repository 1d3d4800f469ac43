// What `auto` tries beyond one PLS: each on spectra made for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "science/spectra/regressor.h"
#include "science/spectra/variable_selection.h"

namespace beltwarden::spectra {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kPoints = 64;

double band(int j, double centre, double width) { return std::exp(-std::pow((j - centre) / width, 2)); }

// A band that grows with the response, and one that differs from scan to scan.
TrainingSet scans(int slices, int per_slice, double between_scans, std::uint64_t seed) {
  TrainingSet set;
  set.axis_nm = regular_axis(1000, 1000 + 10 * (kPoints - 1), 10);
  set.spectra.resize(slices * per_slice, kPoints);
  set.values.resize(slices * per_slice, 1);
  set.responses = {"y"};
  Rng rng(seed);
  for (int i = 0; i < slices; ++i) {
    const double y = rng.uniform(0, 1);
    for (int s = 0; s < per_slice; ++s) {
      const int row = i * per_slice + s;
      const double wet = between_scans * rng.normal();
      for (int j = 0; j < kPoints; ++j) set.spectra(row, j) = 2 + 3 * band(j, 48, 8) + y * band(j, 20, 6) + wet * band(j, 24, 8) + 0.01 * rng.normal();
      set.values(row, 0) = y;
      set.groups.push_back(static_cast<std::uint32_t>(i));
    }
  }
  return set;
}

double rmse_on(const Regressor& model, const TrainingSet& set) {
  Regressor::Scratch scratch;
  double squares = 0;
  for (Eigen::Index i = 0; i < set.rows(); ++i) squares += std::pow(model.predict(set.spectra.row(i).transpose(), scratch).value - set.values(i, 0), 2);
  return std::sqrt(squares / static_cast<double>(set.rows()));
}

bool tried(const FitStory& story, const std::string& treatment, const std::string& method) {
  for (const auto& c : story.candidates) {
    if (c.treatment.find(treatment) != std::string::npos && c.method.find(method) != std::string::npos) return true;
  }
  return false;
}

TEST(RegressorSearch, OffersEpoWhereScansRepeat) {
  EXPECT_TRUE(epo_treatments(scans(40, 1, 1, 1), scans(40, 1, 1, 1).groups).empty());
  const auto set = scans(20, 3, 1, 1);
  const auto offered = epo_treatments(set, set.groups);
  ASSERT_FALSE(offered.empty());
  EXPECT_EQ(to_string(offered[0]), "epo(1)");
  RegressorOptions o;
  o.method = RegressorMethod::kPls;
  o.most_components = 4;
  FitStory story;
  const auto model = Regressor::fit(set, o, &story).value();
  EXPECT_TRUE(tried(story, "epo(1)", "PLS"));
  EXPECT_LT(rmse_on(model, scans(30, 1, 1, 2)), 0.02);
}

TEST(RegressorSearch, MoreComponentsThanRowsCarryAreRefusedNotCutDown) {
  auto set = scans(30, 1, 0.5, 3);
  RegressorOptions o;
  o.components = 60;
  o.treatments = {{}};
  const auto refused = Regressor::fit(set, o);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("no treatment could be used: PLS: asked for 60 components, but folds of these 30 rows carry "))
      << refused.error().message;
  set.values.setConstant(60);
  o.components = 0;
  const auto constant = Regressor::fit(set, o);
  ASSERT_FALSE(constant);
  EXPECT_EQ(constant.error().message, "expected values that differ from row to row, found the same in all 30 rows");
}

TEST(RegressorSearch, FoldsLearnTheirOwnTreatment) {
  const auto set = scans(30, 1, 0.5, 3);
  RegressorOptions o;
  o.components = 2;
  FitStory centred, plain;
  o.treatments = {parse_steps("center").value()};
  ASSERT_TRUE(Regressor::fit(set, o, &centred));
  o.treatments = {{}};
  ASSERT_TRUE(Regressor::fit(set, o, &plain));
  // PLS centres by itself: centring by what each fold learns changes nothing, to rounding.
  EXPECT_LT((centred.predicted - plain.predicted).cwiseAbs().maxCoeff(), 1e-10);
  o.treatments = {parse_steps("msc").value()};
  FitStory msc;
  const auto model = Regressor::fit(set, o, &msc).value();
  EXPECT_EQ(msc.t2.size(), 30);
  EXPECT_GT(msc.t2_limit, 0);
}

TEST(IntervalPls, TakesTheIntervalOfTheBandOnly) {
  // The response in points 16 to 23 (the third of eight intervals); elsewhere much that varies by itself.
  Rng rng(5);
  Eigen::MatrixXd x(80, kPoints);
  Eigen::VectorXd y(80);
  std::vector<int> fold;
  for (int i = 0; i < 80; ++i) {
    y[i] = rng.uniform(0, 1);
    for (int j = 0; j < kPoints; ++j) x(i, j) = j >= 16 && j < 24 ? y[i] * (1 + 0.1 * j) + 0.05 * rng.normal() : rng.normal();
    fold.push_back(i % 10);
  }
  const auto fitted = fit_intervals(x, y, fold, 10, 5).value();
  EXPECT_EQ(fitted.points, (std::vector<Eigen::Index>{16, 17, 18, 19, 20, 21, 22, 23}));
  const auto predicted = cross_intervals(x, y, fold, 10, 5).value();
  EXPECT_LT(std::sqrt((predicted - y).squaredNorm() / 80), 0.02);
  EXPECT_FALSE(fit_intervals(x.leftCols(20), y, fold, 10, 5).ok());
}

TEST(RegressorSearch, Pls2NeedsCompanions) {
  auto set = scans(60, 1, 0.5, 7);
  RegressorOptions o;
  o.method = RegressorMethod::kPls2;
  o.treatments = {{}};
  o.most_components = 5;
  EXPECT_THAT(Regressor::fit(set, o).error().message, HasSubstr("several responses"));
  o.companions = 3 * set.values.array() + 1;
  const auto model = Regressor::fit(set, o).value();
  EXPECT_THAT(model.why(), HasSubstr("PLS2"));
  EXPECT_LT(rmse_on(model, scans(30, 1, 0.5, 8)), 0.02);
  const auto again = Regressor::from_bytes(model.to_bytes()).value();
  EXPECT_EQ(rmse_on(again, set), rmse_on(model, set));
}

// Much noise and few rows, where a search fits the folds that judge it: what it states is checked on rows that it has not seen.
TEST(RegressorSearch, RowsThatTheWholeSearchHasNotSeenWidenWhatItStates) {
  double widened = 0, covered = 0, asked = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto noisy = [](int rows, std::uint64_t of) {
      auto set = scans(rows, 1, 0.3, of);
      Rng rng(of + 100);
      for (double& v : set.values.reshaped()) v += 0.5 * std::pow(rng.normal(), 3);   // long tails, as laboratory values have them
      return set;
    };
    auto set = noisy(125, seed);
    RegressorOptions o;
    o.treatments = {{}, parse_steps("snv").value()};
    o.most_components = 8;
    o.check_errors = false;
    const auto unchecked = Regressor::fit(set, o).value();
    o.check_errors = true;
    const auto checked = Regressor::fit(set, o).value();
    EXPECT_EQ(checked.members(), unchecked.members());
    Regressor::Scratch scratch;
    const auto fresh = noisy(300, seed + 10);
    for (Eigen::Index i = 0; i < fresh.rows(); ++i) {
      const auto a = unchecked.predict(fresh.spectra.row(i).transpose(), scratch), b = checked.predict(fresh.spectra.row(i).transpose(), scratch);
      EXPECT_EQ(a.value, b.value);
      EXPECT_GE(b.std_error, a.std_error);
      covered += std::abs(b.value - fresh.values(i, 0)) <= 1.96 * b.std_error;
      asked += 1;
    }
    const auto one = fresh.spectra.row(0).transpose();
    const bool wider = checked.predict(one, scratch).std_error > unchecked.predict(one, scratch).std_error;
    EXPECT_EQ(wider, checked.why().find("Rows held out of the whole search err by") != std::string::npos);
    widened += wider;
  }
  EXPECT_GE(widened, 1);
  EXPECT_GE(covered / asked, 0.93);
  EXPECT_LE(covered / asked, 0.985);
}

// Three groups: without a third of the rows two are left, which no cross-validation can part as it parts three.
TEST(RegressorSearch, AnErrorThatCannotBeCheckedIsSaidToBeUnchecked) {
  auto set = scans(125, 1, 0.3, 4);
  for (std::size_t i = 0; i < set.groups.size(); ++i) set.groups[i] = static_cast<std::uint32_t>(i % 3);
  RegressorOptions o;
  o.treatments = {{}, parse_steps("snv").value()};
  o.most_components = 6;
  const auto few = Regressor::fit(set, o).value();
  EXPECT_THAT(few.why(), HasSubstr("How far it understates its errors is not known"));
  for (std::size_t i = 0; i < set.groups.size(); ++i) set.groups[i] = static_cast<std::uint32_t>(i % 25);
  EXPECT_THAT(Regressor::fit(set, o).value().why(), Not(HasSubstr("is not known")));
}

TEST(Regressor, ErrorsGrowWithTheValueWhereTheyDo) {
  auto set = scans(300, 1, 0, 9);
  Rng rng(10);
  for (double& v : set.values.reshaped()) v += 0.2 * v * rng.normal();   // the laboratory errs by a share of the value
  RegressorOptions o;
  o.treatments = {{}};
  o.components = 2;
  const auto model = Regressor::fit(set, o).value();
  Regressor::Scratch scratch;
  const auto fresh = scans(400, 1, 0, 11);
  double covered_low = 0, low = 0, covered_high = 0, high = 0;
  for (Eigen::Index i = 0; i < fresh.rows(); ++i) {
    const auto p = model.predict(fresh.spectra.row(i).transpose(), scratch);
    const double y = fresh.values(i, 0) * (1 + 0.2 * rng.normal());
    const bool covered = std::abs(p.value - y) <= 1.96 * p.std_error;
    (fresh.values(i, 0) < 0.5 ? low : high) += 1;
    (fresh.values(i, 0) < 0.5 ? covered_low : covered_high) += covered;
  }
  EXPECT_GT(covered_high / high, 0.90);
  EXPECT_GT(covered_low / low, 0.93);
  const auto small = model.predict(scans(1, 1, 0, 12).spectra.row(0).transpose(), scratch);
  EXPECT_GT(small.std_error, 0);
}

}  // namespace
}  // namespace beltwarden::spectra
