#include "science/vision/brand_networks.h"

#include <gtest/gtest.h>

namespace beltwarden::vision {
namespace {

DetectorModel untrained() {
  DetectorModel model;
  model.network = detector_network(0, 1);
  model.mm_per_px = 2;
  model.threshold = 1;
  model.claimed_false_per_frame = 0.1;
  model.frame_tail = {0, 0.5, 0.5};
  return model;
}

TEST(BrandNetworks, ComeBackFromBytes) {
  BrandNetworks networks;
  networks["Karstad fines"] = untrained();
  networks["Lump"] = untrained();
  networks["Lump"].threshold = 2.5;
  const auto bytes = to_bytes(networks);
  ASSERT_TRUE(bytes);
  const auto back = brand_networks_from_bytes(*bytes, "test");
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->size(), 2u);
  EXPECT_EQ(back->at("Lump").threshold, 2.5);
  EXPECT_EQ(back->at("Karstad fines").network.parameters, networks["Lump"].network.parameters);
}

TEST(BrandNetworks, RefuseWhatIsCutOffOrNotTheirs) {
  BrandNetworks networks;
  networks["Lump"] = untrained();
  const std::string bytes = *to_bytes(networks);
  EXPECT_FALSE(brand_networks_from_bytes(bytes.substr(0, bytes.size() - 1), "test"));
  EXPECT_FALSE(brand_networks_from_bytes("BWNETWORKS1\n4\n99999999\nLump", "test"));
  EXPECT_FALSE(brand_networks_from_bytes("something else", "test"));
  EXPECT_FALSE(brand_networks_from_bytes(bytes + bytes.substr(12), "test"));  // the same brand twice
  networks["Lump"].foreign = true;
  EXPECT_FALSE(to_bytes(networks));
}

// exp(-(2 - 1) / 0.5) = 0.1353 of the claim at a score of 2.
TEST(BrandNetworks, RareScoresFollowTheTail) {
  EXPECT_DOUBLE_EQ(false_per_frame(untrained(), 1), 0.1);
  EXPECT_NEAR(false_per_frame(untrained(), 2), 0.01353, 1e-5);
  EXPECT_TRUE(fits(untrained(), 2.4));
  EXPECT_FALSE(fits(untrained(), 4));
}

TEST(BrandNetworks, ABlobStrengthensWhatItMeetsOrStandsAlone) {
  FrameAnalysis analysis;
  Candidate plate;
  plate.x = 10, plate.y = 10, plate.w = 20, plate.h = 20;
  plate.area_mm2 = 40000;  // where strength is contrast
  plate.contrast = plate.strength = 5;
  plate.features[3] = 7;
  analysis.candidates.push_back(plate);
  Blob blob;
  blob.x = 24, blob.y = 24, blob.w = 8, blob.h = 8;
  join_blob(analysis, blob, 4, 2);
  ASSERT_EQ(analysis.candidates.size(), 1u);
  EXPECT_EQ(analysis.candidates[0].strength, 5);
  join_blob(analysis, blob, 9, 2);
  EXPECT_EQ(analysis.candidates[0].strength, 9);
  EXPECT_EQ(analysis.candidates[0].contrast, 9);
  EXPECT_EQ(analysis.candidates[0].features[3], 7);
  blob.x = 100, blob.w = 20;
  join_blob(analysis, blob, 12, 2);
  ASSERT_EQ(analysis.candidates.size(), 2u);
  EXPECT_EQ(analysis.candidates[0].x, 100);
  EXPECT_EQ(analysis.candidates[0].length_mm, 40);
  EXPECT_EQ(analysis.candidates[0].width_mm, 16);
  EXPECT_NEAR(candidate_strength(analysis.candidates[0].contrast, analysis.candidates[0].area_mm2), 12, 1e-9);
}

}  // namespace
}  // namespace beltwarden::vision
