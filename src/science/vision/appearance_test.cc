#include "science/vision/appearance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace beltwarden::vision {
namespace {

// A lot of pictures drawn from a brand: dark red ore, each lot a shade off, each picture a little off again.
CleanLot lot(std::uint64_t seed, int frames, double l = 35, double a = 18) {
  Rng rng(seed);
  const double lot_l = l + rng.normal(), lot_a = a + 0.5 * rng.normal();
  CleanLot result;
  result.mm_per_px = 8;
  for (int i = 0; i < frames; ++i) {
    FrameAnalysis f;
    f.measurements.load_fraction = 0.9;
    f.measurements.mean_lab = {lot_l + 0.7 * rng.normal(), lot_a + 0.3 * rng.normal(), 15 + 0.3 * rng.normal()};
    f.measurements.sd_lab = {8 + 0.3 * rng.normal(), 3 + 0.1 * rng.normal(), 4 + 0.1 * rng.normal()};
    f.measurements.texture = 5 + 0.2 * rng.normal();
    Candidate c;
    c.strength = 2 + std::abs(rng.normal());
    f.candidates.push_back(c);
    result.frames.push_back(f);
  }
  return result;
}

BrandAppearance brand() {
  const std::vector<CleanLot> lots = {lot(1, 80), lot(2, 80), lot(3, 80), lot(4, 80)};
  auto fitted = fit_appearance("A", lots);
  EXPECT_TRUE(fitted);
  return *fitted;
}

AppearanceVector block_mean(const CleanLot& l) {
  AppearanceVector mean{};
  for (const auto& f : l.frames) {
    const auto v = appearance_vector(f.measurements);
    for (std::size_t d = 0; d < v.size(); ++d) mean[d] += v[d] / static_cast<double>(l.frames.size());
  }
  return mean;
}

TEST(Appearance, NewLotsOfTheBrandAreSeldomOdd) {
  const auto b = brand();
  int above_three = 0;
  for (std::uint64_t seed = 100; seed < 300; ++seed) above_three += anomaly_score(block_mean(lot(seed, 8)), 8, b) > 3;
  EXPECT_LE(above_three, 2);
}

TEST(Appearance, AnotherBrandAndAWetStretchAreOdd) {
  const auto b = brand();
  EXPECT_GT(anomaly_score(block_mean(lot(7, 8, 48, 6)), 8, b), 6);    // pale grey ore
  EXPECT_GT(anomaly_score(block_mean(lot(7, 8, 24, 18)), 8, b), 3);   // 11 L darker
}

TEST(Appearance, AStrongCandidateMakesOnePictureOdd) {
  const auto b = brand();
  auto frame = lot(9, 1).frames.front();
  EXPECT_LT(anomaly_score(frame, b), 3);
  frame.candidates.front().strength = 18;
  EXPECT_GT(anomaly_score(frame, b), 6);
}

TEST(Appearance, TextReadsBackToTheSameScores) {
  const std::vector<BrandAppearance> brands = {brand()};
  const auto again = appearances_from_text(to_text(brands), "test");
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_EQ(again->size(), 1U);
  const auto mean = block_mean(lot(7, 8, 40, 10));
  EXPECT_EQ(anomaly_score(mean, 8, brands[0]), anomaly_score(mean, 8, (*again)[0]));
  EXPECT_EQ(to_text(*again), to_text(brands));
  // A fit of before cameras were watched has no usual condition and is read all the same.
  std::string old = to_text(brands);
  const auto from = old.find("usual = ");
  ASSERT_NE(from, std::string::npos);
  old.erase(from, old.find('\n', from) - from);
  const auto old_one = appearances_from_text(old, "test");
  ASSERT_TRUE(old_one) << old_one.error().message;
  EXPECT_EQ(old_one->front().usual.light, 0);
}

TEST(Appearance, RefusesTooLittleAndBrokenText) {
  const std::vector<CleanLot> one = {lot(1, 80)};
  EXPECT_FALSE(fit_appearance("A", one));
  const std::vector<CleanLot> short_lots = {lot(1, 80), lot(2, 10)};
  EXPECT_FALSE(fit_appearance("A", short_lots));
  EXPECT_FALSE(appearances_from_text("kind = 3", "test"));
  auto text = to_text(std::vector<BrandAppearance>{brand()});
  text.replace(text.find("mean = ["), 8, "mean = [nan, ");
  EXPECT_FALSE(appearances_from_text(text, "test"));
}

TEST(Tail, QuantileAndProbabilityAreInverse) {
  // exponential sample: 90 % point 2.303, scale 1
  std::vector<double> values;
  for (int i = 0; i < 10000; ++i) values.push_back(-std::log((i + 0.5) / 10000));
  const auto tail = fit_tail(values);
  ASSERT_TRUE(tail);
  EXPECT_NEAR(tail->from, 2.303, 0.01);
  EXPECT_NEAR(tail->scale, 1.03, 0.02);
  EXPECT_NEAR(tail->probability_above(tail->quantile(1e-5)), 1e-5, 1e-12);
}

}  // namespace
}  // namespace beltwarden::vision
