#include "science/vision/tracker.h"

#include <gtest/gtest.h>

namespace beltwarden::vision {
namespace {

Candidate box(int x, int y, int w, int h, double strength, double length_mm = 500) {
  Candidate c;
  c.x = x;
  c.y = y;
  c.w = w;
  c.h = h;
  c.strength = strength;
  c.length_mm = length_mm;
  return c;
}

// Pictures of 256 x 128 over 1 m of belt; the material moves down the picture.
FramePlace at(std::uint64_t frame, double from) { return {frame, from, from + 1.0, 256, 128}; }

TEST(Tracker, OneObjectInThreeOverlappingPicturesIsOneEvent) {
  ObjectTracker tracker(5);
  EXPECT_TRUE(tracker.add(at(1, 10.0), {box(100, 10, 30, 20, 8)}).empty());
  EXPECT_TRUE(tracker.add(at(2, 10.3), {box(101, 48, 30, 20, 12)}).empty());
  EXPECT_TRUE(tracker.add(at(3, 10.6), {box(99, 87, 30, 20, 9)}).empty());
  const auto ended = tracker.add(at(4, 12.5), {});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].best_frame, 2U);
  EXPECT_EQ(ended[0].frames, 3);
  EXPECT_EQ(ended[0].best.strength, 12);
  EXPECT_NEAR(ended[0].from, 10.77, 0.02);   // 11 - 30/128
  EXPECT_NEAR(ended[0].to, 10.92, 0.02);     // 11 - 10/128
  EXPECT_TRUE(tracker.idle());
}

TEST(Tracker, TwoObjectsSideBySideAreTwoEvents) {
  ObjectTracker tracker(5);
  tracker.add(at(1, 10.0), {box(40, 30, 20, 20, 8), box(200, 30, 20, 20, 7)});
  tracker.add(at(2, 10.3), {box(40, 68, 20, 20, 8), box(200, 68, 20, 20, 7)});
  EXPECT_EQ(tracker.finish().size(), 2U);
}

TEST(Tracker, WeakCandidatesAreNotLookedAt) {
  ObjectTracker tracker(5);
  tracker.add(at(1, 10.0), {box(40, 30, 20, 20, 4.9)});
  EXPECT_TRUE(tracker.idle());
}

TEST(Tracker, FragmentsOfABuriedBeamAreOneObject) {
  ObjectTracker tracker(5);
  tracker.add(at(1, 10.0), {box(40, 30, 60, 10, 9, 480), box(104, 33, 50, 10, 7, 400)});
  const auto ended = tracker.finish();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].best.x, 40);
  EXPECT_EQ(ended[0].best.w, 114);
  EXPECT_GT(ended[0].best.length_mm, 850);
}

TEST(Tracker, FinishKeepsWhatLaterPicturesMayShow) {
  ObjectTracker tracker(5);
  tracker.add(at(1, 10.0), {box(100, 10, 30, 20, 8)});
  EXPECT_TRUE(tracker.finish(10.5).empty());
  EXPECT_EQ(tracker.finish(11.0).size(), 1U);
}

}  // namespace
}  // namespace beltwarden::vision
