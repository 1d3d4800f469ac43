#include "science/vision/brand_eye.h"

#include <gtest/gtest.h>

#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

// Two things of the same evidence in a picture of 64 x 64: one at the left, one at the right.
Result<EvidenceMap> two_things(const ImageView&) {
  EvidenceMap map{16, 16, 4, std::vector<float>(256, -6)};
  for (int y = 6; y < 10; ++y) {
    for (const int x : {1, 2, 3, 12, 13, 14}) map.logit[static_cast<std::size_t>(y * 16 + x)] = 2;
  }
  return map;
}

LoadMask bare_left() {
  LoadMask mask{16, 4, 4, std::vector<LoadMask::Kind>(16, LoadMask::Kind::kOre)};
  for (std::size_t r = 0; r < 4; ++r) mask.kind[4 * r] = LoadMask::Kind::kBelt;
  return mask;
}

BrandModel model_without_network() {
  BrandModel model;
  model.detector.network = detector_network(0, 1);
  return model;
}

TEST(BrandEye, WhatLiesOnBareBeltIsLowered) {
  const BrandModel model = model_without_network();
  BrandEye eye(model, Detector(&two_things));
  const auto picture = testing::ore(64, 64, 8, 1);
  const auto everywhere = eye.look(picture.view(), {}, 0);
  ASSERT_TRUE(everywhere);
  ASSERT_EQ(everywhere->things.size(), 2u);
  EXPECT_EQ(everywhere->things[0].blob.score, everywhere->things[1].blob.score);
  const auto beside = eye.look(picture.view(), bare_left(), 0);
  ASSERT_TRUE(beside);
  ASSERT_EQ(beside->things.size(), 2u);
  EXPECT_GE(beside->things[0].blob.x, 40);                 // the one on ore comes first now
  EXPECT_EQ(beside->things[0].blob.score, everywhere->things[0].blob.score);
  EXPECT_NEAR(beside->things[1].blob.peak, everywhere->things[1].blob.peak - kBareBeltLowers, 0.8);
  EXPECT_EQ(beside->frame_score, everywhere->frame_score);
}

// A tenth of the tail's share a power of ten: 0.5 at or below 0, 0.05 at 2.303, 0.005 at 4.605.
TEST(BrandEye, HeatIsPowersOfTenOfCleanFrames) {
  EvidenceMap map{64, 2, 4, std::vector<float>(128, -6)};
  map.logit[0] = 1.7f;    // 0.5 e^-1.7 = 0.091: one in ten
  map.logit[63] = 3.95f;  // 0.0096: one in a hundred; cells 62 and 63 are one
  const HeatMap heat = network_heat(map, {0, 1, 0.5});
  EXPECT_TRUE(heat.by_network);
  ASSERT_EQ(heat.columns, 32);
  ASSERT_EQ(heat.rows, 1);
  EXPECT_EQ(heat.levels, "1" + std::string(30, '0') + "2");
}

TEST(BrandEye, ScoresDoNotDependOnWhatIsAskedToBeNamed) {
  BrandModel model = model_without_network();
  BrandEye first(model, Detector(&two_things));
  const auto picture = testing::ore(64, 64, 8, 1);
  const auto features = first.features_at(picture.view(), 10, 32);
  ASSERT_TRUE(features);
  model.memory.centre.assign(features->size(), 0);
  model.memory.scale.assign(features->size(), 1);
  model.memory.limit = 1e-3;
  ASSERT_TRUE(remember(model.memory, *features));
  BrandEye eye(model, Detector(&two_things));
  const auto called = eye.look(picture.view(), {}, 0), all = eye.look(picture.view(), {}, -1e9);
  ASSERT_TRUE(called && all);
  EXPECT_EQ(called->frame_score, all->frame_score);
  ASSERT_EQ(called->things.size(), all->things.size());
  for (std::size_t i = 0; i < called->things.size(); ++i) EXPECT_EQ(called->things[i].blob.score, all->things[i].blob.score);
}

TEST(BrandEye, APictureKeepsItsEdgeWhereACropReachesBeyondIt) {
  Picture picture{32, 32, std::vector<std::uint8_t>(std::size_t{3} * 32 * 32, 7)};
  picture.bgr[0] = 200;   // the upper left pixel's blue
  const Picture crop = cut_crop(picture.view(), 0, 0);
  EXPECT_EQ(crop.width, 96);
  EXPECT_EQ(crop.at(0, 0)[0], 200);    // 48 px to the left of the edge and above it
  EXPECT_EQ(crop.at(48, 48)[0], 200);
  EXPECT_EQ(crop.at(49, 48)[0], 7);
}

}  // namespace
}  // namespace beltwarden::vision
