#include "science/vision/crop_cutouts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

Crop crop_of(const testing::Picture& picture, int class_index) {
  return {{picture.width, picture.height, picture.bgr}, class_index};
}

TEST(CropCutout, FollowsTheOutlineOfABlueBarOnRedOre) {
  auto picture = testing::ore(96, 96, 10, 5);
  testing::lay_bar(picture, 48, 48, 60, 20, 0, 180, 90, 40, 0.03, 1);
  const CropCutout cutout = cut_out(crop_of(picture, 3));
  EXPECT_EQ(cutout.class_index, 3);
  // 61 x 21 pixels, of which a rim of one is given up.
  EXPECT_NEAR(cutout.long_side_px, 59, 2);
  EXPECT_NEAR(cutout.left, 19, 2);
  EXPECT_NEAR(cutout.top, 39, 2);
  EXPECT_NEAR(cutout.piece.colour.height, 19, 2);
  const double covered = std::count_if(cutout.piece.cover.begin(), cutout.piece.cover.end(), [](float c) { return c > 0.5f; });
  EXPECT_NEAR(covered / static_cast<double>(cutout.piece.cover.size()), 1, 0.05);
}

TEST(CropCutout, OreAloneGivesNothing) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_EQ(cut_out(crop_of(testing::ore(96, 96, 24, seed, {50, 60, 95, 0.05}), 0)).long_side_px, 0) << "seed " << seed;
  }
}

TEST(CropCutout, TheSameCropGivesTheSameOutline) {
  auto picture = testing::ore(96, 96, 10, 6);
  testing::lay_bar(picture, 48, 48, 40, 24, 30, 200, 200, 200, 0.05, 2);
  const CropCutout a = cut_out(crop_of(picture, 0)), b = cut_out(crop_of(picture, 0));
  ASSERT_GT(a.long_side_px, 0);
  EXPECT_EQ(a.piece.cover, b.piece.cover);
}

TEST(CropCutout, TurnedKeepsShapeAndColourAtTheSizeAskedFor) {
  auto picture = testing::ore(96, 96, 10, 5);
  testing::lay_bar(picture, 48, 48, 60, 20, 0, 180, 90, 40, 0, 1);
  const CropCutout cutout = cut_out(crop_of(picture, 0));
  Rng rng(1);
  const Cutout half = turned_cutout(cutout, 30, rng);
  double covered = 0, blue = 0, red = 0;
  for (std::size_t i = 0; i < half.cover.size(); ++i) {
    covered += static_cast<double>(half.cover[i]);
    blue += static_cast<double>(half.cover[i] * half.colour.plane[0][i]);
    red += static_cast<double>(half.cover[i] * half.colour.plane[2][i]);
  }
  // 59 x 19 pixels at half the size; blue is four and a half times red, give or take the shading of each channel.
  EXPECT_NEAR(covered, 59.0 * 19.0 / 4, 30);
  EXPECT_GT(blue, 3 * red);
}

}  // namespace
}  // namespace beltwarden::vision
