#include "science/vision/ore_variety.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

Picture ore(int width, int height, std::uint64_t seed) {
  const auto made = testing::ore(width, height, 14, seed);
  return {made.width, made.height, made.bgr};
}

double mean(const std::vector<float>& plane) {
  double sum = 0;
  for (const float value : plane) sum += static_cast<double>(value);
  return sum / static_cast<double>(plane.size());
}

TEST(OreVariety, AWindowShowsTheFramesOwnColours) {
  const Picture frame = ore(200, 150, 3);
  double frame_red = 0;
  for (std::size_t i = 2; i < frame.bgr.size(); i += 3) frame_red += frame.bgr[i];
  frame_red /= 200.0 * 150;
  Rng rng(1);
  const Canvas window = ore_window(frame, 128, rng), other = ore_window(frame, 128, rng);
  EXPECT_NEAR(mean(window.plane[2]), frame_red, 0.1 * frame_red);
  EXPECT_NE(window.plane[2], other.plane[2]);
}

TEST(OreVariety, ATintedRockEndsWhereItsLightnessEnds) {
  Canvas scene(80, 80);
  for (int y = 0; y < 80; ++y) {
    for (int x = 0; x < 80; ++x) {
      const bool rock = std::hypot(x - 40, y - 40) < 12;
      for (std::size_t k = 0; k < 3; ++k) scene.plane[k][scene.index(x, y)] = rock ? 160.0f : 60.0f;
    }
  }
  const Canvas before = scene;
  int inside = 0, outside = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    scene = before;
    Rng rng(seed);
    tint_rock(scene, rng);
    const bool rock_changed = std::abs(scene.plane[1][scene.index(40, 40)] - 160) > 1;
    const bool corner_changed = std::abs(scene.plane[1][scene.index(40, 20)] - 60) > 1;
    inside += rock_changed;
    outside += corner_changed;
    EXPECT_FALSE(rock_changed && corner_changed) << "seed " << seed;
  }
  EXPECT_GT(inside, 4);
  EXPECT_GT(outside, 4);
}

TEST(OreVariety, ColoursMoveAboutTheirMean) {
  Rng rng(4);
  Canvas scene = ore_window(ore(200, 150, 5), 96, rng);
  const Canvas before = scene;
  bool changed = false;
  for (int i = 0; i < 8; ++i) {
    vary_colours(scene, rng);
    changed = changed || scene.plane[0] != before.plane[0];
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(mean(scene.plane[k]), mean(before.plane[k]), 3);
  }
  EXPECT_TRUE(changed);
}

}  // namespace
}  // namespace beltwarden::vision
