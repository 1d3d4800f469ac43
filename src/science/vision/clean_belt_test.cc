#include "science/vision/clean_belt.h"

#include <gtest/gtest.h>

#include <cmath>

namespace beltwarden::vision {
namespace {

// Evidence where the picture is bright: a stone that is seen as one thing however many frames show it.
Result<EvidenceMap> brightness(const ImageView& image) {
  EvidenceMap map{image.width_px / 4, image.height_px / 4, 4, {}};
  for (int y = 0; y < map.rows; ++y) {
    for (int x = 0; x < map.columns; ++x) map.logit.push_back(image.bgr[4 * y * image.stride_bytes + 12 * x] > 128 ? 5.0f : -8.0f);
  }
  return map;
}

TEST(CleanBelt, AStoneOfThePictureIsOneEventAndSoAreItsMirrorPictures) {
  Picture picture{160, 160, std::vector<std::uint8_t>(std::size_t{3} * 160 * 160, 60)};
  for (int y = 60; y < 90; ++y) std::fill_n(&picture.bgr[static_cast<std::size_t>(3 * (160 * y + 70))], 90, std::uint8_t{200});
  Detector detector{Detector::EvidenceSource(brightness)};
  const auto belt = pass_clean_belt(detector, {&picture, 1}, 1);
  ASSERT_TRUE(belt);
  // Twenty views, ten rows apart: 160 + 190 of belt, on which the stone lies at 60 and its mirror picture at -90.
  EXPECT_NEAR(belt->frames, 350.0 / 160, 1e-9);
  ASSERT_EQ(belt->event_scores.size(), 2u);
  EXPECT_NEAR(belt->event_scores[0], 5, 0.2);
  EXPECT_NEAR(belt->event_scores[1], 5, 0.2);
}

// Scores of an exponential law of scale 0.5, one a frame height: what a share p of the heights exceeds is 0.5 ln(1 / p).
TEST(CleanBelt, TheThresholdOfEventsIsWhatThreeTenthsOfTheClaimExceedInAFrameHeight) {
  constexpr int kEvents = 200;
  CleanBelt first, second;
  for (int i = 0; i < kEvents; ++i) (i % 2 == 0 ? first : second).event_scores.push_back(-0.5 * std::log((i + 0.5) / kEvents));
  first.frames = second.frames = kEvents / 2;
  first.append(second);
  EXPECT_EQ(first.frames, kEvents);
  DetectorModel model;
  model.threshold = 7;
  for (const double claim : {0.1, 0.02}) {
    model.claimed_false_per_frame = claim;
    set_event_threshold(model, first);
    EXPECT_NEAR(model.event_threshold, 0.5 * std::log(1 / (0.3 * claim)), 0.05) << claim;
  }
  EXPECT_EQ(model.threshold, 7);
}

}  // namespace
}  // namespace beltwarden::vision
