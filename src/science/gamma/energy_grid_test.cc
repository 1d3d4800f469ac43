#include "science/gamma/energy_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace beltwarden::gamma {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(EnergyGrid, FoldsInProportion) {
  // channels of 10 keV from 0; bins 5-15 and 15-40
  const std::vector<double> channels = {0, 10, 20, 30, 40}, bins = {5, 15, 40};
  std::vector<double> result(2);
  Fold(channels, bins).apply(std::vector<double>{8, 6, 4, 2}, result);
  EXPECT_THAT(result, ElementsAre(DoubleNear(4 + 3, 1e-12), DoubleNear(3 + 4 + 2, 1e-12)));
}

TEST(EnergyGrid, StretchMovesAPeakAndKeepsItsContentAndWidth) {
  std::vector<double> edges, shape;
  for (int i = 0; i <= 200; ++i) edges.push_back(500 + 5.0 * i);
  for (int i = 0; i < 200; ++i) shape.push_back(1000 * std::exp(-0.5 * std::pow((502.5 + 5 * i - 1000) / 20, 2)));
  const auto moved = stretched(shape, edges, 1.01);
  const auto moments = [&](const std::vector<double>& s) {
    double sum = 0, mean = 0, square = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
      const double e = edges[i] + 2.5;
      sum += s[i], mean += s[i] * e, square += s[i] * e * e;
    }
    return std::array{sum, mean / sum, std::sqrt(square / sum - mean * mean / sum / sum)};
  };
  EXPECT_NEAR(moments(moved)[0], moments(shape)[0], 1);
  EXPECT_NEAR(moments(moved)[1], 1010, 0.05);
  EXPECT_NEAR(moments(moved)[2], 20.2, 0.1);
}

TEST(EnergyGrid, WhatComesInFromBeyondAnEndIsAsDenseAsThere) {
  const std::vector<double> edges = {100, 110, 120, 130}, shape = {10, 10, 10};
  // One count for each keV, also beyond: all energies times 0.9 make it 1/0.9 everywhere.
  EXPECT_THAT(stretched(shape, edges, 0.9), testing::Each(DoubleNear(10 / 0.9, 1e-9)));
  EXPECT_THAT(stretched(shape, edges, 1.2), testing::Each(DoubleNear(10 / 1.2, 1e-9)));
}

TEST(EnergyGrid, FewChannelsAreWorkedInAsTheyAreManyInGroups) {
  std::vector<double> few, many;
  for (int i = 0; i <= 128; ++i) few.push_back(30 + 20.0 * i);
  for (int i = 0; i <= 1024; ++i) many.push_back(-10 + 3.0 * i);
  EXPECT_EQ(working_edges(few), few);
  const auto grouped = working_edges(many);
  EXPECT_GT(grouped.size(), 90U);
  EXPECT_LT(grouped.size(), 140U);
  for (const double e : grouped) EXPECT_TRUE(std::find(many.begin(), many.end(), e) != many.end()) << e;
}

}  // namespace
}  // namespace beltwarden::gamma
