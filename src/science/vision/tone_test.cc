#include "science/vision/tone.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

double difference(const testing::Picture& a, const testing::Picture& b) {
  net::Planes x({a.width, a.height}, 3, 1), y({b.width, b.height}, 3, 1);
  apply_tone(a.view(), measure_tone(a.view()), x, 0);
  apply_tone(b.view(), measure_tone(b.view()), y, 0);
  double sum = 0;
  for (int c = 0; c < 3; ++c) {
    for (int row = 0; row < a.height; ++row) {
      for (int column = 0; column < a.width; ++column) sum += std::abs(x.row(0, c, row)[column] - y.row(0, c, row)[column]);
    }
  }
  return sum / (3.0 * a.width * a.height);
}

testing::Picture relit(testing::Picture picture, double gamma, double blue, double red) {
  for (std::size_t i = 0; i < picture.bgr.size(); ++i) {
    const double cast = i % 3 == 0 ? blue : i % 3 == 2 ? red : 1;
    picture.bgr[i] = static_cast<std::uint8_t>(
        std::clamp(255 * std::pow(picture.bgr[i] / 255.0, gamma) * cast + 0.5, 0.0, 255.0));
  }
  return picture;
}

TEST(Tone, OtherLightBecomesNearlyTheSameNumbers) {
  const auto ore = testing::ore(192, 160, 14, 3);
  const auto other = testing::ore(192, 160, 14, 4);
  const double by_material = difference(ore, other);
  EXPECT_LT(difference(ore, relit(ore, 1, 1.1, 0.9)), 0.1 * by_material);
  EXPECT_LT(difference(ore, relit(ore, 0.7, 0.9, 1.1)), 0.2 * by_material);
  EXPECT_LT(difference(ore, relit(ore, 1.4, 1.1, 1)), 0.3 * by_material);
}

// Bare belt over part of the picture, as when the camera sees the load's edge.
testing::Picture beside_belt(testing::Picture picture, int belt_px) {
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < belt_px; ++x) picture.set(x, y, 8, 14, 8);
  }
  return picture;
}

TEST(Tone, BareBeltDoesNotMoveTheLightReadFromTheOre) {
  const auto ore = testing::ore(320, 160, 14, 3);
  const Tone alone = measure_tone(ore.view()), beside = measure_tone(beside_belt(ore, 128).view());
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(beside.middle[k], alone.middle[k], 0.06);
  EXPECT_NEAR(beside.spread / alone.spread, 1, 0.1);
  // Belt to 128 px: cells 0 to 7 of 16 px, the last two of which are near the load.
  const Tone tone = measure_tone(beside_belt(ore, 128).view());
  ASSERT_EQ(tone.columns, 20);
  for (std::size_t row = 0; row < 10; ++row) {
    for (std::size_t c = 0; c < 20; ++c) EXPECT_EQ(tone.load[20 * row + c], c >= 6 ? 1 : 0) << "row " << row << ", column " << c;
  }
}

TEST(Tone, ALampBrighterInTheMiddleIsTakenOff) {
  const auto ore = testing::ore(320, 160, 14, 3);
  auto lit = ore;
  for (int y = 0; y < lit.height; ++y) {
    for (int x = 0; x < lit.width; ++x) {
      const double u = (x - 160) / 160.0;
      std::uint8_t* p = &lit.bgr[3 * static_cast<std::size_t>(y * lit.width + x)];
      for (int k = 0; k < 3; ++k) p[k] = static_cast<std::uint8_t>(p[k] * (1 - 0.5 * u * u) + 0.5);
    }
  }
  const auto other = testing::ore(320, 160, 14, 4);
  EXPECT_LT(difference(ore, lit), 0.2 * difference(ore, other));
}

TEST(Tone, AnObjectInTheMiddleOfACropDoesNotMoveTheLightReadFromItsRim) {
  const auto ore = testing::ore(96, 96, 14, 3);
  auto with = ore;
  testing::lay_bar(with, 48, 48, 60, 50, 0, 240, 240, 240, 0, 1);
  const Tone a = measure_rim_tone(ore.view(), 12), b = measure_rim_tone(with.view(), 12);
  EXPECT_EQ(a.middle, b.middle);
  EXPECT_EQ(a.spread, b.spread);
}

}  // namespace
}  // namespace beltwarden::vision
