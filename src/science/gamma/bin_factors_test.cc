#include "science/gamma/bin_factors.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace beltwarden::gamma {
namespace {

// A place that counts a tenth more than was learnt in its bin, an ore that counts a fifth less: load steps tell which.
TEST(BinFactors, LoadStepsTellThePlaceFromTheOre) {
  BinFactors factors(1, {});
  Rng rng(1);
  for (int i = 0; i < 3000; ++i) {
    const double ambient = 4, ore = i / 100 % 2 == 0 ? 0 : 8;
    const double mean = ambient * factors.ambient()[0] + ore * factors.ore()[0];
    const double counts = rng.poisson(1.1 * ambient + 0.8 * ore);
    const double residual = counts - mean;
    factors.pass(0.2);
    factors.learn({&ambient, 1}, {&ore, 1}, {&mean, 1}, {&residual, 1});
  }
  // A random walk of 0.0015 a second, seen through 15 counts a second for half of the time, leaves 2 %; of the ore 3 %.
  EXPECT_NEAR(factors.ambient()[0], 1.1, 0.06);
  EXPECT_NEAR(factors.ore()[0], 0.8, 0.09);
}

TEST(BinFactors, NewOreIsUncertainUntilItIsSeen) {
  BinFactors factors(1, {.ambient_sd = 0.05, .ore_sd = 0.1, .ambient_per_s = 0, .ore_per_s = 0});
  const double ambient = 10, none = 0, ore = 20;
  double variance = 0;
  factors.variance({&ambient, 1}, {&none, 1}, {&variance, 1});
  EXPECT_DOUBLE_EQ(variance, 0.25);          // (10 x 0.05)^2
  factors.variance({&ambient, 1}, {&ore, 1}, {&variance, 1});
  EXPECT_DOUBLE_EQ(variance, 0.25 + 4);      // and (20 x 0.1)^2
  const double mean = 30, residual = 0;
  for (int i = 0; i < 100; ++i) factors.learn({&ambient, 1}, {&ore, 1}, {&mean, 1}, {&residual, 1});
  factors.variance({&ambient, 1}, {&ore, 1}, {&variance, 1});
  EXPECT_NEAR(variance, 1 / (1 / 4.25 + 100.0 / 30), 1e-9);   // both the same mix: a mean of 100 readings and the start
  factors.forget_ore();
  factors.variance({&none, 1}, {&ore, 1}, {&variance, 1});
  EXPECT_DOUBLE_EQ(variance, 4);
}

TEST(BinFactors, MoveAlongWithTheEnergyScale) {
  BinFactors factors(4, {.ambient_sd = 1, .ore_sd = 1, .ambient_per_s = 0, .ore_per_s = 0});
  const double ambient[] = {1e9, 1e9, 1e9, 1e9}, ore[] = {0, 0, 0, 0}, residual[] = {0, 1e9, 0, 0};
  factors.learn(ambient, ore, ambient, residual);
  EXPECT_NEAR(factors.ambient()[1], 2, 1e-6);
  // Middles 150, 250, 350, 450 keV: what was learnt at 250 lies at 350 after a stretch by 1.4.
  const double edges[] = {100, 200, 300, 400, 500};
  factors.stretch(edges, 1.4);
  EXPECT_NEAR(factors.ambient()[2], 2, 1e-6);
  EXPECT_NEAR(factors.ambient()[3], 2 - 71.4285714 / 100, 1e-6);   // 450 / 1.4 = 321.43
  EXPECT_NEAR(factors.ambient()[0], 1, 1e-6);
}

}  // namespace
}  // namespace beltwarden::gamma
