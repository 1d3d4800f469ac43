#include "apps/lab/vision/sequence_tracking.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "apps/lab/vision/picture_folder.h"
#include "science/vision/test_belts.h"

namespace beltwarden::lab {
namespace {

namespace belts = vision::testing;
namespace fs = std::filesystem;

// Grey things are bright in blue, which this ore is not: a detector that is right about every cell.
Result<vision::EvidenceMap> grey_things(const vision::ImageView& image) {
  vision::EvidenceMap map{image.width_px / 4, image.height_px / 4, 4, {}};
  for (int y = 0; y < map.rows; ++y) {
    for (int x = 0; x < map.columns; ++x) {
      int blue = 0;
      for (int v = 0; v < 4; ++v) {
        for (int u = 0; u < 4; ++u) blue += image.bgr[(4 * y + v) * image.stride_bytes + 3 * (4 * x + u)];
      }
      map.logit.push_back(blue > 16 * 140 ? 4.0f : -6.0f);
    }
  }
  return map;
}

class SequenceTracking : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<std::string> save(const belts::BeltScene& scene, bool backwards = false) {
    std::vector<std::string> paths;
    for (int i = 0; i < belts::kBeltFrames; ++i) {
      auto made = belts::belt_picture(scene, backwards ? belts::kBeltFrames - 1 - i : i);
      paths.push_back((folder_ / ("f" + std::to_string(10 + i) + ".png")).string());
      EXPECT_TRUE(write_picture(paths.back(), {made.width, made.height, std::move(made.bgr)}));
    }
    return paths;
  }
  Result<TrackedSequence> track(const std::vector<std::string>& paths, double px) {
    VisionModel model;
    model.detector.network = vision::detector_network(0, 1);
    model.detector.mm_per_px = belts::kBeltMmPerPx;
    ModelEye eye(model, vision::Detector(&grey_things));
    return track_sequence(model, eye, paths, px, [](double) {});
  }

  fs::path folder_ = fs::temp_directory_path() / "beltwarden_sequence_tracking_test";
};

TEST_F(SequenceTracking, OneEventAThingWhateverItDoesOnTheBelt) {
  for (const auto& scene : belts::belt_scenes()) {
    const auto tracked = track(save(scene), belts::kBeltStepPx);
    ASSERT_TRUE(tracked) << scene.name << ": " << tracked.error().message;
    EXPECT_EQ(static_cast<int>(tracked->events.size()), scene.events) << scene.name;
  }
}

TEST_F(SequenceTracking, WhereWhenAndHowLong) {
  // 75 x 50 px at 20 degrees: 87.6 px across and 72.6 px along the belt with its corners, which are no blob's. Its middle lies at
  // -60 + 32 i.
  const auto plate = track(save(belts::belt_scenes()[1]), belts::kBeltStepPx);
  ASSERT_TRUE(plate && plate->events.size() == 1);
  const auto& [event, what, length_mm] = plate->events[0];
  EXPECT_EQ(event.first_frame, 1);       // its middle is 28 px above the picture, its front edge in it
  EXPECT_EQ(event.last_frame, 8);        // its middle at 196 of 192 px; at 228 all has left
  EXPECT_NEAR(event.box.x + event.box.w / 2.0, 120, 6);
  EXPECT_NEAR(event.box.y + event.box.h / 2.0, -60 + 32.0 * static_cast<double>(event.best_frame), 6);
  EXPECT_NEAR(length_mm, 650, 80);       // between its own 600 mm and the 701 mm with corners
  EXPECT_EQ(what.label, "unknown");
  // 300 px of 8 mm, in a frame of 192.
  const auto beam = track(save(belts::belt_scenes()[7]), belts::kBeltStepPx);
  ASSERT_TRUE(beam && beam->events.size() == 1);
  EXPECT_NEAR(beam->events[0].length_mm, 2400, 160);
}

TEST_F(SequenceTracking, ABeltThatRunsTheOtherWay) {
  const auto tracked = track(save(belts::belt_scenes()[1], true), -belts::kBeltStepPx);
  ASSERT_TRUE(tracked);
  ASSERT_EQ(tracked->events.size(), 1u);
  const auto& event = tracked->events[0].event;
  EXPECT_NEAR(event.box.y + event.box.h / 2.0, -60 + 32.0 * static_cast<double>(belts::kBeltFrames - 1 - event.best_frame), 6);
}

TEST_F(SequenceTracking, FramesOfAnotherSizeAreCountedAndKeepTheirNumbers) {
  auto paths = save(belts::belt_scenes()[1]);
  auto small = vision::testing::ore(128, 96, 10, 3);
  ASSERT_TRUE(write_picture(paths[3], {small.width, small.height, std::move(small.bgr)}));
  const auto tracked = track(paths, belts::kBeltStepPx);
  ASSERT_TRUE(tracked);
  EXPECT_EQ(tracked->of_another_size, 1);
  ASSERT_EQ(tracked->events.size(), 1u);
  EXPECT_EQ(tracked->events[0].event.last_frame, 8);
}

}  // namespace
}  // namespace beltwarden::lab
