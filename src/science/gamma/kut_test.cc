#include "science/gamma/kut.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "science/gamma/limits.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

// A block's spectrum: activities in Bq/kg, an energy scale that is 1 % off, an hour.
MeasuredSpectrum block(std::uint64_t seed, double k, double u, double th, double live_s = 3600) {
  MeasuredSpectrum s{"block", {}, {}, live_s};
  std::vector<double> true_edges;
  for (int i = 0; i <= 1000; ++i) {
    s.edges_kev.push_back(3.0 * i);
    true_edges.push_back(3.0 * i / 1.01);
  }
  Rng rng(seed);
  const auto rk = *detector_response("K-40", true_edges, bulk_ore_detector());
  const auto ru = *detector_response("U-238", true_edges, bulk_ore_detector());
  const auto rth = *detector_response("Th-232", true_edges, bulk_ore_detector());
  for (std::size_t i = 0; i < 1000; ++i) {
    const double cps = 0.3 * (k * rk[i] + u * ru[i] + th * rth[i]) + 0.002;
    s.counts.push_back(rng.poisson(cps * live_s));
  }
  return s;
}

KutCalibration calibration() {
  std::vector<ReferenceBlock> blocks;
  for (const auto& a : {std::array{1000.0, 30.0, 60.0}, {400.0, 20.0, 25.0}, {1200.0, 75.0, 20.0}, {800.0, 40.0, 48.0}}) {
    blocks.push_back({block(blocks.size() + 1, a[0], a[1], a[2]), a, {0.02 * a[0], 0.02 * a[1], 0.02 * a[2]}});
  }
  return *calibrate_kut(blocks, block(9, 0, 0, 0));
}

TEST(Kut, WeighsWhatItWasNotCalibratedOn) {
  const auto result = weigh_kut(block(20, 600, 50, 35), block(21, 0, 0, 0), calibration());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->energy.good);
  // Where both lines lie that tie the scale; gain alone is only as good as their distance.
  EXPECT_NEAR(result->energy.offset_kev + result->energy.gain * 1460.8 * 1.01, 1460.8, 3);
  EXPECT_NEAR(result->energy.offset_kev + result->energy.gain * 2614.5 * 1.01, 2614.5, 6);
  EXPECT_NEAR(result->series[0].bq_per_kg, 600, 30);
  EXPECT_NEAR(result->series[1].bq_per_kg, 50, 4);
  EXPECT_NEAR(result->series[2].bq_per_kg, 35, 3);
  for (const auto& a : result->series) {
    EXPECT_TRUE(a.detected);
    EXPECT_GT(a.detection_limit, a.decision_threshold);
  }
}

TEST(Kut, NothingIsNotDetected) {
  const auto result = weigh_kut(block(22, 600, 0, 35), block(23, 0, 0, 0), calibration());
  ASSERT_TRUE(result);
  EXPECT_LT(result->series[1].bq_per_kg, result->series[1].detection_limit);
}

// No block holds caesium: the response model, scaled as the blocks say.
TEST(Kut, WeighsArtificialNuclidesThatNoBlockHolds) {
  auto spectrum = block(24, 600, 50, 35);
  const auto find = [](const KutResult& result, std::string_view nuclide) {
    for (const auto& [name, activity] : result.artificial) {
      if (name == nuclide) return activity;
    }
    return Activity{};
  };
  const auto clean = weigh_kut(spectrum, block(25, 0, 0, 0), calibration());
  ASSERT_TRUE(clean);
  ASSERT_EQ(clean->artificial.size(), 5U);
  for (const auto& [name, activity] : clean->artificial) {
    EXPECT_NEAR(activity.bq_per_kg, 0, 3 * activity.error) << name;
    EXPECT_GT(activity.detection_limit, activity.decision_threshold) << name;
  }
  EXPECT_LT(find(*clean, "Cs-137").detection_limit, 20);
  std::vector<double> true_edges;
  for (int i = 0; i <= 1000; ++i) true_edges.push_back(3.0 * i / 1.01);
  const auto caesium = *detector_response("Cs-137", true_edges, bulk_ore_detector());
  Rng rng(26);
  for (std::size_t i = 0; i < 1000; ++i) spectrum.counts[i] += rng.poisson(0.3 * 80 * caesium[i] * 3600);
  const auto result = weigh_kut(spectrum, block(27, 0, 0, 0), calibration());
  ASSERT_TRUE(result);
  const Activity found = find(*result, "Cs-137");
  EXPECT_TRUE(found.detected);
  EXPECT_NEAR(found.bq_per_kg, 80, 16);                  // 15 % of geometry, and counting
  EXPECT_GE(found.error, 0.15 * found.bq_per_kg);
  EXPECT_NEAR(result->series[0].bq_per_kg, 600, 60);
}

TEST(Kut, TextReadsBackToTheSameCalibration) {
  const std::string text = to_text(calibration());
  const auto again = kut_from_text(text, "test");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_text(*again), text);
  EXPECT_FALSE(kut_from_text("kind = 'x'", "test"));
}

TEST(Kut, TooFewBlocksAreRefused) {
  EXPECT_FALSE(calibrate_kut({}, block(9, 0, 0, 0)));
}

TEST(Limits, AreJudgedWithAGuardBand) {
  const auto limits = limits_from_table(
      "id,group,nuclide,quantity,value,unit,applies_to,source,verified,evidence\n"
      "N2,natural,Th-232sec,activity concentration,1,Bq/g,series,GSR Part 3,yes,read\n"
      "B3,building,Ra-226;Th-232;K-40,I_gamma,1.3,index,\"main, solid\",GB 6566-2010,no,\n"
      "A2,artificial,Cs-137,activity concentration,0.1,Bq/g,bulk,GSR Part 3,yes,read\n"
      "I1,instrument,any,dose rate range,10 nSv/h - 1 Sv/h,range,x,y,no,\n",
      "limits.csv");
  ASSERT_TRUE(limits) << limits.error().message;
  ASSERT_EQ(limits->size(), 3U);
  KutResult result;
  result.series[0] = {.bq_per_kg = 420, .error = 10};
  result.series[1] = {.bq_per_kg = 37, .error = 3};
  result.series[2] = {.bq_per_kg = 1300, .error = 50};
  result.artificial = {{"Cs-137", {.bq_per_kg = 60, .error = 20}}};
  const auto judged = judge_limits(*limits, result);
  ASSERT_EQ(judged.size(), 3U);
  EXPECT_NEAR(judged[2].value, 0.06, 1e-9);
  EXPECT_EQ(judged[2].verdict, LimitVerdict::kBelow);   // 0.06 + 1.645 x 0.02 < 0.1
  EXPECT_NEAR(judged[0].value, 1.3, 1e-9);          // Bq/g
  EXPECT_EQ(judged[0].verdict, LimitVerdict::kAbove);
  EXPECT_TRUE(judged[0].limit.verified);
  EXPECT_NEAR(judged[1].value, 0.1 + 5 + 0.1, 1e-9);  // 37/370 + 1300/260 + 420/4200
  EXPECT_EQ(judged[1].verdict, LimitVerdict::kAbove);
  EXPECT_FALSE(judged[1].limit.verified);
}

}  // namespace
}  // namespace beltwarden::gamma
