#include "science/spectra/cusum.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace beltwarden::spectra {
namespace {

// Lucas and Crosier, Technometrics 24 (1982) 199-205, and Montgomery, Introduction to Statistical Quality Control, table
// 9.3: two-sided run lengths for k = 1/2 are 168 (h = 4) and 465 (h = 5) without a shift, 8.38 and 10.4 for one standard
// deviation, 3.34 and 4.01 for two. Without a shift the one-sided one is twice as long.
TEST(Cusum, RunLengthsOfTheTextbook) {
  EXPECT_NEAR(cusum_run_length(0, 0.5, 4), 336, 4);
  EXPECT_NEAR(cusum_run_length(0, 0.5, 5), 930, 10);
  EXPECT_NEAR(cusum_run_length(1, 0.5, 4), 8.38, 0.02);
  EXPECT_NEAR(cusum_run_length(1, 0.5, 5), 10.38, 0.03);
  EXPECT_NEAR(cusum_run_length(2, 0.5, 4), 3.34, 0.02);
  EXPECT_NEAR(cusum_run_length(2, 0.5, 5), 4.01, 0.02);
}

TEST(Cusum, ThresholdIsTheInverse) {
  EXPECT_NEAR(cusum_threshold(0.5, 336), 4, 0.02);
  EXPECT_NEAR(cusum_threshold(0.5, 930), 5, 0.02);
}

// Montgomery, table 9.1 and 9.2: target 10, sd 1, k = 1/2, h = 5; the upper sum passes 5 at the 29th value with 7 values
// since it left zero, and the new mean is estimated as 11.25.
TEST(Cusum, MontgomerysExample) {
  const double x[] = {9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08,
                      9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52};
  auto cusum = Cusum::make({.target = 10, .shift = 1, .sd = 1, .values_between_false_alarms = 930}).value();
  for (int i = 0; i < 28; ++i) EXPECT_FALSE(cusum.step(x[i]).alarm) << i;
  const auto& at = cusum.step(x[28]);
  EXPECT_NEAR(at.sum, 5.28, 1e-9);
  EXPECT_TRUE(at.alarm);
  EXPECT_EQ(at.run, 7u);
  EXPECT_NEAR(at.mean_since, 10 + 0.5 + 5.28 / 7, 1e-9);
}

TEST(Cusum, FallsAndGapsAndPoorValues) {
  auto cusum = Cusum::make({.target = 62, .shift = -1, .sd = 0.5, .values_between_false_alarms = 1000}).value();
  EXPECT_EQ(cusum.step(70).sum, 0);
  EXPECT_NEAR(cusum.step(61).sum, 1, 1e-12);             // (62 - 61) / 0.5 - 1
  EXPECT_NEAR(cusum.step(std::nan("")).sum, 1, 1e-12);
  EXPECT_NEAR(cusum.step(60, 2).sum, 1, 1e-12);          // (62 - 60) / 2 - 1 = 0
  cusum.reset();
  EXPECT_EQ(cusum.state().sum, 0);
  EXPECT_GT(cusum.state().threshold, 0);
}

TEST(Cusum, GuardBandAlarmsBeforeTheLimitIsTheMean) {
  // SiO2 below 5 %, standard error 0.4 %, one false alarm in 1,000 slices: the mean at the limit is two standard errors
  // above the target and must be found in a few slices, the mean well inside not in hundreds.
  auto at_limit = guarded_cusum(5.0, 0.4, 2, true, 1000).value();
  int slices = 0;
  while (!at_limit.state().alarm && slices < 100) at_limit.step(5.0), ++slices;
  EXPECT_LE(slices, 4);
  auto inside = guarded_cusum(5.0, 0.4, 2, true, 1000).value();
  Rng rng(7);
  int alarms = 0;
  for (int i = 0; i < 20000; ++i) {
    if (inside.step(4.2 + rng.normal(0, 0.4)).alarm) ++alarms, inside.reset();
  }
  EXPECT_GE(alarms, 8);
  EXPECT_LE(alarms, 36);                                 // 20 expected
}

TEST(Cusum, RefusesWhatMakesNoSense) {
  EXPECT_FALSE(Cusum::make({.sd = 0}).ok());
  EXPECT_FALSE(Cusum::make({.shift = 0}).ok());
  EXPECT_FALSE(Cusum::make({.values_between_false_alarms = 1}).ok());
  EXPECT_FALSE(guarded_cusum(5, 0.1, 0, true, 100).ok());
}

}  // namespace
}  // namespace beltwarden::spectra
