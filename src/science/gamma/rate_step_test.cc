#include "science/gamma/rate_step.h"

#include <gtest/gtest.h>

#include <cmath>

namespace beltwarden::gamma {
namespace {

// 10,000 counts a second, of which the surroundings are a fortieth: by the spectrum alone a detector that fails looks like another
// ore. After 6 s `ratio` of what is expected is counted; an edge of `width_s` (0: at once) lies between. What was told within 18 s.
std::optional<RateStep::Step> told(double ratio, double width_s) {
  constexpr std::size_t kBins = 40;
  constexpr double kStep_s = 0.2, kFrom_s = 6;
  std::vector<double> parts(kBins * kParts), expected(kBins);
  for (std::size_t b = 0; b < kBins; ++b) {
    parts[b] = 50.0 / kBins;
    parts[2 * kBins + b] = 1950 * 0.1 * std::exp(-0.1 * static_cast<double>(b)) / (1 - std::exp(-4.0));
    expected[b] = parts[b] + parts[2 * kBins + b];
  }
  RateStep step;
  for (int i = 0; i < 90; ++i) {
    const double t = kStep_s * i, x = t + kStep_s / 2 - kFrom_s;
    const double done = width_s > 0 ? 0.5 * (1 + x / std::hypot(x, width_s)) : (x > 0 ? 1 : 0);
    std::vector<double> counts = expected;
    for (double& n : counts) n *= 1 + (ratio - 1) * done;
    if (const auto found = step.observe(t, counts, expected, parts, 0.02, 0.8)) return found;
  }
  return {};
}

TEST(RateStep, AFallAtOnceIsADetectorsThoughTheSpectrumDoesNotSay) {
  const auto found = told(0.75, 0);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->factor, 0.75, 0.01);
  EXPECT_NEAR(found->from_s, 6, 0.5);
}

TEST(RateStep, AFallAsSlowAsAnEdgeOfTheOrePassesIsNotToldByItsSharpness) { EXPECT_FALSE(told(0.75, 1.0)); }

// A third more from one interval to the next may be a source that comes: only a fall is a detector's by its sharpness.
TEST(RateStep, ARiseAsSharpIsNoDetectors) { EXPECT_FALSE(told(1 / 0.75, 0)); }

// Four seconds of 900 expected counts in each 0.2 s, of which `counted(t)` are counted.
template <class Rate>
std::optional<std::size_t> step_of(Rate counted) {
  std::vector<double> counts, expected(21, 900), passing;
  for (int i = 0; i < 21; ++i) {
    const double t = 0.2 * (i - 10);
    counts.push_back(900 * counted(t));
    passing.push_back(std::pow(1 + t * t, -1.5));
  }
  return step_rather_than_passage(counts, expected, passing);
}

TEST(StepRatherThanPassage, AFallWithinTheWindowIsAStepAndAPassageIsNone) {
  EXPECT_EQ(step_of([](double t) { return t < 0.5 ? 1.0 : 0.75; }), 13U);
  EXPECT_EQ(step_of([](double t) { return t < -0.5 ? 0.75 : 1.0; }), 8U);
  EXPECT_FALSE(step_of([](double t) { return 1 + 0.5 * std::pow(1 + t * t, -1.5); }));
  EXPECT_FALSE(step_of([](double t) { return 1 + 50 * std::pow(1 + t * t, -1.5); }));
  // So little has stepped that counts scatter by as much: 21 sigma^2 in all.
  EXPECT_FALSE(step_of([](double t) { return t < 0.5 ? 1.0 : 0.93; }));
}

}  // namespace
}  // namespace beltwarden::gamma
