#include "science/spectra/white_dark.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace beltwarden::spectra {
namespace {

TEST(ReferenceSeries, IsLinearInTimeBetweenReferences) {
  ReferenceSeries white;
  Spectrum out(2);
  EXPECT_FALSE(white.at(0, out));
  ASSERT_TRUE(white.add(200, Eigen::Vector2d(80, NAN)).ok());
  ASSERT_TRUE(white.add(100, Eigen::Vector2d(100, 50)).ok());
  ASSERT_TRUE(white.at(125, out));
  EXPECT_DOUBLE_EQ(out[0], 95);
  EXPECT_DOUBLE_EQ(out[1], 50);           // the later one saturated there
  ASSERT_TRUE(white.at(0, out));
  EXPECT_DOUBLE_EQ(out[0], 100);          // none before: the first
  ASSERT_TRUE(white.at(300, out));
  EXPECT_DOUBLE_EQ(out[0], 80);
  EXPECT_DOUBLE_EQ(*white.age_s(130), 30);
  EXPECT_DOUBLE_EQ(*white.age_s(250), 50);
  EXPECT_FALSE(white.add(300, Eigen::Vector3d(1, 2, 3)).ok());
}

// A lamp that fades by a fifth within the hour: with the last white alone the value is a tenth too low.
TEST(ReferenceSeries, TakesTheFadingOfALampOut) {
  ReferenceSeries white;
  ASSERT_TRUE(white.add(0, Eigen::Vector2d(1000, 1000)).ok());
  ASSERT_TRUE(white.add(3600, Eigen::Vector2d(800, 800)).ok());
  Spectrum now(2), out(2);
  ASSERT_TRUE(white.at(1800, now));
  reflectance(Eigen::Vector2d(450, 225), now, Eigen::Vector2d::Zero(), 0.005, out);
  EXPECT_DOUBLE_EQ(out[0], 0.5);
  EXPECT_DOUBLE_EQ(out[1], 0.25);
}

TEST(Reflectance, IsMissingWhereThereIsNoLight) {
  Spectrum out(3);
  reflectance(Eigen::Vector3d(60, 11, NAN), Eigen::Vector3d(110, 10.1, 110), Eigen::Vector3d(10, 10, 10), 0.005, out);
  EXPECT_DOUBLE_EQ(out[0], 0.5);
  EXPECT_TRUE(std::isnan(out[1]));
  EXPECT_TRUE(std::isnan(out[2]));
}

TEST(Masks, SaturatedAndDeadChannels) {
  EXPECT_EQ(saturated(Eigen::Vector3d(65535, 65500, 60000), 65535), (std::vector<bool>{true, true, false}));
  Rng rng(3);
  Spectra rows(50, 60);
  for (int i = 0; i < 50; ++i) {
    const double level = rng.uniform(0.3, 0.5);
    for (int j = 0; j < 60; ++j) rows(i, j) = level + 0.1 * std::sin(0.1 * j) + rng.normal(0, 1e-3);
    rows(i, 20) = 0.25;                    // stuck
    rows(i, 40) += rng.normal(0, 0.1);     // hot
    if (i % 5 == 0) rows(i, 50) = NAN;     // often missing
  }
  const auto dead = dead_channels(rows);
  for (int j = 0; j < 60; ++j) EXPECT_EQ(dead[static_cast<std::size_t>(j)], j == 20 || j == 40 || j == 50) << j;
}

}  // namespace
}  // namespace beltwarden::spectra
