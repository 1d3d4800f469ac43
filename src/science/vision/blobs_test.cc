#include "science/vision/blobs.h"

#include <gtest/gtest.h>

namespace beltwarden::vision {
namespace {

EvidenceMap quiet(int columns, int rows) {
  return {columns, rows, 4, std::vector<float>(static_cast<std::size_t>(columns * rows), -8.0f)};
}

void raise(EvidenceMap& map, int x0, int y0, int w, int h, float level) {
  for (int y = y0; y < y0 + h; ++y) {
    for (int x = x0; x < x0 + w; ++x) map.logit[static_cast<std::size_t>(y * map.columns + x)] = level;
  }
}

TEST(Blobs, NothingInAQuietMap) {
  EXPECT_TRUE(find_blobs(quiet(40, 30)).empty());
  EXPECT_EQ(frame_score({}), -4.5);
}

TEST(Blobs, TwoThingsTheLargerFirstWhenEquallyClear) {
  EvidenceMap map = quiet(60, 40);
  raise(map, 10, 10, 6, 5, 4);   // 24 x 20 px at (40, 40)
  raise(map, 40, 20, 2, 2, 4);   // 8 x 8 px
  const auto blobs = find_blobs(map);
  ASSERT_EQ(blobs.size(), 2u);
  EXPECT_GT(blobs[0].score, blobs[1].score);
  // Smoothing takes the hard rim (3 x 4 + -8) / 4 = 1, which is not above 4 - 2: one cell less on each side.
  EXPECT_EQ(blobs[0].x, 44);
  EXPECT_EQ(blobs[0].y, 44);
  EXPECT_EQ(blobs[0].w, 16);
  EXPECT_EQ(blobs[0].h, 12);
  EXPECT_NEAR(blobs[0].centre_x, 52, 0.5);
  EXPECT_NEAR(blobs[0].centre_y, 50, 0.5);
}

TEST(Blobs, TheFlankOfAStrongBlobIsNotAThingOfItsOwn) {
  EvidenceMap map = quiet(60, 40);
  raise(map, 20, 15, 12, 10, -1);
  raise(map, 23, 18, 5, 4, 8);
  EXPECT_EQ(find_blobs(map).size(), 1u);
}

TEST(Blobs, OneBrightCellScoresBelowAThingOfSomeSize) {
  EvidenceMap grain = quiet(40, 30), thing = quiet(40, 30);
  raise(grain, 20, 15, 1, 1, 12);
  raise(thing, 18, 13, 4, 4, 3);
  EXPECT_LT(frame_score(find_blobs(grain)), frame_score(find_blobs(thing)));
}

}  // namespace
}  // namespace beltwarden::vision
