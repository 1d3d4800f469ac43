#include "science/vision/cutouts.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace beltwarden::vision {
namespace {

constexpr int kScene = 60, kPiece = 30;

Canvas even(int side, float value) {
  Canvas canvas(side, side);
  for (auto& plane : canvas.plane) std::fill(plane.begin(), plane.end(), value);
  return canvas;
}

// A square of 20 pixels in the middle of its canvas.
Cutout square(float value) {
  Cutout piece{even(kPiece, value), std::vector<float>(kPiece * kPiece, 0.0f)};
  for (int y = 5; y < 25; ++y) {
    for (int x = 5; x < 25; ++x) piece.cover[piece.colour.index(x, y)] = 1;
  }
  return piece;
}

Picture dust(int value) { return {64, 64, std::vector<std::uint8_t>(3 * 64 * 64, static_cast<std::uint8_t>(value))}; }

Laying without_shadow(double motion_blur_px) {
  Laying laying;
  laying.shadow = 0;
  laying.motion_blur_px = motion_blur_px;
  return laying;
}

// Laid in the middle of even ore; row by row down the middle column.
std::vector<float> column_with(float ore, float thing, const Laying& laying, std::vector<float>& cover) {
  Canvas scene = even(kScene, ore);
  cover.assign(kScene * kScene, 0.0f);
  Rng rng(4);
  lay(scene, square(thing), kScene / 2.0, kScene / 2.0, laying, dust(static_cast<int>(thing)), rng, cover);
  std::vector<float> column;
  for (int y = 0; y < kScene; ++y) column.push_back(scene.plane[1][scene.index(kScene / 2, y)]);
  return column;
}

TEST(Lay, LeavesTheOreBeyondAPieceAlone) {
  std::vector<float> cover;
  const auto column = column_with(100, 200, without_shadow(1), cover);
  for (int y = 0; y < kScene; ++y) {
    if (y < 20 || y >= 40) {
      EXPECT_EQ(column[static_cast<std::size_t>(y)], 100) << y;
    } else {
      EXPECT_NEAR(column[static_cast<std::size_t>(y)], 200, 15) << y;   // noise of at most 5, three times
    }
  }
  EXPECT_EQ(std::count(cover.begin(), cover.end(), 1.0f), 20 * 20);
}

// The piece's own blur brings in the black beyond its outline: things lie in their own shade.
TEST(Lay, BlursAPieceIntoADarkRim) {
  std::vector<float> cover;
  const auto column = column_with(150, 150, without_shadow(5), cover);
  EXPECT_LT(*std::min_element(column.begin() + 17, column.begin() + 24), 130);   // 150 half covered by a half of 150: 113
  EXPECT_NEAR(column[30], 150, 15);
}

TEST(Lay, CamouflageDrawsAThingTowardsTheOreRoundIt) {
  constexpr int kDraws = 50;
  Laying laying = without_shadow(1);
  const auto middle = [&](double camouflage) {   // of things of 200 on ore of 100, under dust of 200; mean of the draws
    laying.camouflage = camouflage;
    double sum = 0;
    for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
      Canvas scene = even(kScene, 100);
      std::vector<float> cover(kScene * kScene, 0.0f);
      Rng rng(seed);
      lay(scene, square(200), kScene / 2.0, kScene / 2.0, laying, dust(200), rng, cover);
      sum += static_cast<double>(scene.plane[1][scene.index(kScene / 2, kScene / 2)]) / kDraws;
    }
    return sum;
  };
  EXPECT_NEAR(middle(0), 200, 3);
  // .7 x .95 of the way to the ore's 100: 133; of that dust of 200 covers some three tenths.
  EXPECT_NEAR(middle(0.7), 153, 12);
}

}  // namespace
}  // namespace beltwarden::vision
