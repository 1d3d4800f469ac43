#include "science/vision/belt_mosaic.h"

#include <gtest/gtest.h>

#include <cmath>

namespace beltwarden::vision {
namespace {

// A frame of 30 x 40 cells (120 x 160 px) over a belt on which one thing lies: `middle` and `length` in px along the belt.
EvidenceMap frame_at(double top_px, double middle, double length) {
  EvidenceMap map{30, 40, 4, std::vector<float>(30 * 40, -6.0f)};
  for (int y = 0; y < 40; ++y) {
    const double belt = top_px - 4 * y - 2;
    if (std::abs(belt - middle) > length / 2) continue;
    for (int x = 10; x < 15; ++x) map.logit[static_cast<std::size_t>(y * 30 + x)] = 5;
  }
  return map;
}

std::vector<BeltEvent> run(int frames, double step, double middle, double length, double* coverage = nullptr) {
  BeltMosaic mosaic(0);
  std::vector<BeltEvent> events;
  for (int i = 0; i < frames; ++i) {
    for (auto& event : mosaic.add(frame_at(160 + i * step, middle, length), i == 0 ? 0 : step)) events.push_back(event);
  }
  if (coverage != nullptr) *coverage = mosaic.coverage();
  for (auto& event : mosaic.finish()) events.push_back(event);
  return events;
}

TEST(BeltMosaic, OneEventForAThingSeenInManyFrames) {
  // In view while 160 + 25 i reaches from 280 (its far end enters) to 400 + 60 px.
  const auto events = run(40, 25, 300, 40);
  ASSERT_EQ(events.size(), 1u);
  const BeltEvent& event = events[0];
  EXPECT_EQ(event.first_frame, 5);   // 160 + 5 x 25 = 285 px: the near end at 280 px shows
  EXPECT_EQ(event.last_frame, 12);   // 160 + 12 x 25 - 160 = 300 px: the far end at 320 px still shows
  EXPECT_NEAR(event.belt_to_px - event.belt_from_px, 40, 9);
  // The box lies on the thing in the best frame: its middle is at 160 + 25 best - 300 px.
  EXPECT_NEAR(event.box.y + event.box.h / 2.0, 160 + 25.0 * static_cast<double>(event.best_frame) - 300, 5);
  EXPECT_NEAR(event.box.x, 40, 4);
}

TEST(BeltMosaic, AThingLongerThanAFrameIsOneEvent) {
  const auto events = run(60, 25, 700, 400);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_NEAR(events[0].belt_to_px - events[0].belt_from_px, 400, 12);
}

TEST(BeltMosaic, NothingOnAnEmptyBeltHoweverLong) { EXPECT_TRUE(run(500, 25, -1e6, 10).empty()); }

TEST(BeltMosaic, ThingsAtBothEndsOfASequenceAreNotLost) {
  EXPECT_EQ(run(10, 20, 10, 40).size(), 1u);
  EXPECT_EQ(run(10, 20, 160 + 9 * 20 - 10, 40).size(), 1u);
}

TEST(BeltMosaic, CoverageSaysWhenTheBeltOutranTheCamera) {
  double coverage = 0;
  run(30, 100, -1e6, 1, &coverage);
  EXPECT_EQ(coverage, 1);
  run(30, 320, -1e6, 1, &coverage);  // half of the belt passes between frames
  EXPECT_NEAR(coverage, 0.5, 0.03);
}

}  // namespace
}  // namespace beltwarden::vision
