#include "science/vision/belt_shift.h"

#include <gtest/gtest.h>

#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

// A window of a long stretch of procedural ore.
testing::Picture window(const testing::Picture& belt, int top, int height) {
  testing::Picture out{belt.width, height, {}};
  const std::ptrdiff_t row = 3 * belt.width;
  out.bgr.assign(belt.bgr.begin() + top * row, belt.bgr.begin() + (top + height) * row);
  return out;
}

TEST(BeltShift, ReadsHowFarTheBeltMovedEitherWay) {
  const testing::Picture belt = testing::ore(240, 400, 12, 5);
  const auto before = window(belt, 100, 200), after = window(belt, 77, 200);  // material 23 px further down
  const auto forward = measure_shift(before.view(), after.view(), 100);
  ASSERT_TRUE(forward);
  EXPECT_NEAR(forward->moved_px, 23, 0.3);
  EXPECT_GT(forward->likeness, 0.9);
  const auto backward = measure_shift(after.view(), before.view(), 100);
  ASSERT_TRUE(backward);
  EXPECT_NEAR(backward->moved_px, -23, 0.3);
}

TEST(BeltShift, FramesOfDifferentOreAreUnlike) {
  const auto a = testing::ore(240, 200, 12, 5), b = testing::ore(240, 200, 12, 6);
  const auto shift = measure_shift(a.view(), b.view(), 100);
  ASSERT_TRUE(shift);
  EXPECT_LT(shift->likeness, 0.3);
}

TEST(BeltShift, FramesOfTwoSizesAreRefused) {
  const auto a = testing::ore(240, 200, 12, 5), b = testing::ore(200, 200, 12, 5);
  EXPECT_FALSE(measure_shift(a.view(), b.view(), 100));
}

}  // namespace
}  // namespace beltwarden::vision
