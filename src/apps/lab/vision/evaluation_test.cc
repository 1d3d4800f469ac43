#include "apps/lab/vision/evaluation.h"

#include <gtest/gtest.h>

namespace beltwarden::lab {
namespace {

TEST(Evaluation, AurocByHand) {
  // Pairs: 3 > 1, 3 > 2, 2 > 1, 2 = 2 is half: 3.5 of 4.
  EXPECT_DOUBLE_EQ(auroc({3, 2}, {1, 2}), 0.875);
  EXPECT_DOUBLE_EQ(auroc({1}, {2}), 0);
  EXPECT_DOUBLE_EQ(auroc({}, {2}), 0.5);
}

TEST(Evaluation, ABlobFindsABoxByItsMiddleOrByOverlap) {
  vision::Blob blob;
  blob.x = 10, blob.y = 10, blob.w = 10, blob.h = 10;
  EXPECT_TRUE(finds(blob, {14, 14, 4, 4}));       // the middle, 15, lies in it
  EXPECT_FALSE(finds(blob, {16, 16, 10, 10}));    // 4 x 4 common of 184: 0.087
  EXPECT_TRUE(finds(blob, {10, 15.2, 10, 8}));    // its middle lies above; 48 common of 132: 0.36
  EXPECT_FALSE(finds(blob, {30, 30, 5, 5}));
}

TEST(Evaluation, RatesAreOfAllSizesTogether) {
  FrameFigures figures;
  figures.sizes["16-32"] = {1, 0, 4, 1, 0, 2};
  figures.sizes["> 64"] = {3, 2, 4, 0, 0, 2};
  EXPECT_DOUBLE_EQ(figures.recall(), 0.5);
  EXPECT_DOUBLE_EQ(figures.own_recall(), 0.25);
  EXPECT_DOUBLE_EQ(figures.seam_rate(), 0.25);
}

}  // namespace
}  // namespace beltwarden::lab
