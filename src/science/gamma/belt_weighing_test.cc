#include "science/gamma/belt_weighing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numeric>

#include "base/rng.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

// A line whose every rate is known: 450 cps of surroundings and 0.155, 1.4 and 1.7 cps for a Bq/kg of K-40, U-238 and Th-232 at
// 100 kg/m, in 128 bins.
class Line {
 public:
  Line() {
    for (int i = 0; i <= 128; ++i) edges_.push_back(std::pow(std::sqrt(30.0) + (std::sqrt(3000.0) - std::sqrt(30.0)) * i / 128, 2));
    constexpr double kCps[] = {0.155, 1.4, 1.7};
    for (std::size_t s = 0; s < 3; ++s) {
      auto shape = *detector_response(std::array{"K-40", "U-238", "Th-232"}[s], edges_, bulk_ore_detector());
      const double sum = std::accumulate(shape.begin(), shape.end(), 0.0);
      for (double& c : shape) c *= kCps[s] / sum;
      ore_[s] = std::move(shape);
    }
    background_.edges_kev = edges_;
    for (std::size_t b = 0; b < 128; ++b) background_.ambient_cps.push_back(900 * ore_[0][b] + 100 * ore_[1][b] + 100 * ore_[2][b]);
    background_.shadow = {.most = 0.4, .per_kg_per_m = 0.006, .photo = 1};
  }

  std::vector<double> rates(double load, const std::array<double, 3>& bq_per_kg) const {
    std::vector<double> rates;
    for (std::size_t b = 0; b < 128; ++b) {
      double rate = background_.ambient_cps[b] * background_.shadow.left(std::sqrt(edges_[b] * edges_[b + 1]), load);
      for (std::size_t s = 0; s < 3; ++s) rate += bq_per_kg[s] * load / 100 * ore_[s][b];
      rates.push_back(rate);
    }
    return rates;
  }
  std::vector<std::uint32_t> draw(Rng& rng, double seconds, double load, const std::array<double, 3>& bq_per_kg) const {
    std::vector<std::uint32_t> counts;
    for (const double rate : rates(load, bq_per_kg)) counts.push_back(rng.poisson(rate * seconds));
    return counts;
  }

  // 20 minutes bare in intervals of 20 s, an hour of ore in intervals of 20 s.
  WeighedRun run(std::uint64_t seed, const std::array<double, 3>& bq_per_kg) const {
    Rng rng(seed);
    auto counts = std::make_shared<std::vector<std::vector<std::uint32_t>>>();
    for (int i = 0; i < 240; ++i) counts->push_back(draw(rng, 20, load(i), bq_per_kg));
    return {{"run " + std::to_string(seed), 240,
             [counts](std::size_t i) { return BeltInterval{20.0 * static_cast<double>(i), 20, 3, load(static_cast<int>(i)), (*counts)[i]}; },
             edges_},
            bq_per_kg,
            {}};
  }
  static double load(int i) { return i < 60 ? 0 : 200 + 50 * std::sin(i / 7.0); }
  const BackgroundModel& background() const { return background_; }

 private:
  std::vector<double> edges_;
  std::array<std::vector<double>, 3> ore_;
  BackgroundModel background_;
};

const Line& line() {
  static const Line one;
  return one;
}

const BeltCalibration& calibration() {
  static const BeltCalibration one = [] {
    const std::vector<WeighedRun> runs{line().run(1, {400, 10, 60}), line().run(2, {50, 60, 10}), line().run(3, {150, 20, 20}),
                                       line().run(4, {600, 40, 30})};
    return *calibrate_belt(runs, line().background());
  }();
  return one;
}

BeltActivity weigh(std::uint64_t seed, int seconds, const std::array<double, 3>& bq_per_kg) {
  BeltWeigher weigher(line().background(), calibration());
  Rng rng(seed);
  const auto to_bins = [](const std::vector<std::uint32_t>& counts) { return std::vector<double>(counts.begin(), counts.end()); };
  for (int t = 0; t < 60; ++t) weigher.bare(t, 1, to_bins(line().draw(rng, 1, 0, bq_per_kg)));
  WeighedStretch all;
  for (int t = 60; t < 60 + seconds; ++t) {
    weigher.pass(t);
    all.add(weigher.interval(1, 250, to_bins(line().draw(rng, 1, 250, bq_per_kg)), 1));
  }
  return *weigher.weigh(all);
}

TEST(BeltWeighing, AThousandSecondsGiveTheActivityWithinItsUncertainty) {
  const auto got = weigh(7, 1000, {300, 30, 40});
  EXPECT_NEAR(got.series[0].bq_per_kg, 300, 3 * got.series[0].error);
  EXPECT_NEAR(got.series[1].bq_per_kg, 30, 3 * got.series[1].error);
  EXPECT_NEAR(got.series[2].bq_per_kg, 40, 3 * got.series[2].error);
  EXPECT_LT(got.series[0].error, 60);
  EXPECT_LT(got.series[1].error, 6);
  EXPECT_LT(got.series[2].error, 6);
  // 30/200; 300/4200 + 30/370 + 40/260
  EXPECT_NEAR(got.radium_index, 0.150, 3 * got.radium_error);
  EXPECT_NEAR(got.gamma_index, 0.306, 3 * got.gamma_error);
}

TEST(BeltWeighing, OfOreWithoutThoriumOneSliceInTwentyIsAboveTheDecisionThreshold) {
  int above = 0, below_limit = 0;
  double limit = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto got = weigh(100 + seed, 45, {100, 15, 0});
    above += got.series[2].detected;
    limit = got.series[2].detection_limit;
  }
  EXPECT_LE(above, 22);       // 5 % of 200, and some: three standard deviations
  for (std::uint64_t seed = 0; seed < 200; ++seed) below_limit += !weigh(500 + seed, 45, {100, 15, limit}).series[2].detected;
  EXPECT_LE(below_limit, 22);
  EXPECT_LT(limit, 30);
}

TEST(BeltWeighing, ASecondsUncertaintyIsThatOfItsCounts) {
  // 100 slices: their scatter is what each says of itself.
  double sum = 0, square = 0, said = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto got = weigh(900 + seed, 45, {100, 15, 12});
    const double u = got.series[1].bq_per_kg;
    sum += u, square += u * u, said += got.series[1].error;
  }
  const double scatter = std::sqrt(square / 100 - sum * sum / 1e4);
  EXPECT_NEAR(sum / 100, 15, 2.5);
  EXPECT_GT(said / 100, 0.8 * scatter);
  EXPECT_LT(said / 100, 2.5 * scatter);
}

TEST(BeltWeighing, DoseAtTheDetectorIsComparedWithTheBareBelts) {
  EXPECT_LT(weigh(3, 200, {0, 0, 0}).times_bare, 0.95);        // shadow alone
  EXPECT_GT(weigh(3, 200, {0, 0, 1000}).times_bare, 5);
}

TEST(BeltWeighing, ADosesUncertaintyIsThatOfItsCountsAndOfTheBareBelt) {
  double sum = 0, square = 0, said = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto got = weigh(500 + seed, 45, {100, 15, 12});
    sum += got.times_bare, square += got.times_bare * got.times_bare, said += got.times_bare_error;
  }
  const double scatter = std::sqrt(square / 100 - sum * sum / 1e4);
  EXPECT_GT(said / 100, 0.8 * scatter);
  EXPECT_LT(said / 100, 2.5 * scatter);
}

TEST(BeltWeighing, OfStretchesTogetherCountingEvensOutAndTheBareBeltDoesNot) {
  WeighedStretch one, both;
  one.counts = one.surroundings = {1};
  one.live_s = 1, one.dose = 100, one.dose_variance = 9, one.bare_dose = 50, one.bare_dose_error = 2;
  both.add(one);
  both.add(one);
  EXPECT_DOUBLE_EQ(both.dose_variance, 18);     // .021 of the dose, of one alone .030
  EXPECT_DOUBLE_EQ(both.bare_dose_error, 4);    // .04 of what the bare belt gives, as of one alone
}

TEST(BeltWeighing, TheTextReadsBackAndRubbishIsRefused) {
  const std::string text = to_text(calibration());
  const auto back = belt_calibration_from_text(text, "test");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_text(*back), text);
  EXPECT_NEAR(back->usual_bq_per_kg[0], 300, 1e-9);            // (400 + 50 + 150 + 600) / 4
  EXPECT_FALSE(belt_calibration_from_text("rubbish", "test"));
  EXPECT_FALSE(belt_calibration_from_text(to_text(calibration().kut), "test"));
}

TEST(BeltWeighing, RunsWithoutABareBeltAreRefused) {
  auto runs = std::vector{line().run(1, {400, 10, 60}), line().run(2, {50, 60, 10}), line().run(3, {150, 20, 20})};
  const auto interval = runs[1].series.interval;
  runs[1].series.interval = [interval](std::size_t i) { return interval(60 + i); };
  runs[1].series.size = 180;
  const auto refused = calibrate_belt(runs, line().background());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "run 2: expected a minute of bare belt and five of ore, found 0 s and 3600 s");
}

}  // namespace
}  // namespace beltwarden::gamma
