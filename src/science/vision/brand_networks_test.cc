#include "science/vision/brand_networks.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace beltwarden::vision {
namespace {

DetectorModel untrained_detector() {
  DetectorModel model;
  model.network = detector_network(0, 1);
  model.mm_per_px = 2;
  model.threshold = 1;
  model.claimed_false_per_frame = 0.1;
  model.frame_tail = {0, 0.5, 0.5};
  return model;
}

BrandModel untrained() { return {untrained_detector(), {}, {}}; }

// Classes and a memory of as many features as told apart by the first.
BrandModel taught() {
  BrandModel model = untrained();
  std::vector<LabelledFeatures> examples;
  std::vector<std::vector<float>> clean;
  Rng rng(5);
  for (int i = 0; i < 24; ++i) {
    std::vector<float> features;
    for (int k = 0; k < 6; ++k) features.push_back(static_cast<float>(rng.normal() + (k == 0 && i % 2 ? 20 : 0)));
    clean.push_back(features);
    examples.push_back({std::move(features), i % 2 ? "metal" : "wood"});
  }
  model.classifier = *fit_crop_classifier(examples, 0.15);
  model.memory = *make_ore_memory(clean);
  EXPECT_TRUE(remember(model.memory, clean.front()));
  return model;
}

TEST(BrandNetworks, BringTheirClassesAndWhatOfficersCalledOre) {
  BrandNetworks networks;
  networks["Lump"] = taught();
  networks["Fines"] = untrained();
  const auto back = brand_networks_from_bytes(*to_bytes(networks), "test");
  ASSERT_TRUE(back) << back.error().message;
  const BrandModel& lump = back->at("Lump");
  ASSERT_EQ(lump.memory.places.size(), 1u);
  EXPECT_TRUE(remembers(lump.memory, networks["Lump"].memory.places.front()));
  EXPECT_EQ(classify(std::vector<float>{20, 0, 0, 0, 0, 0}, lump.classifier).label, "metal");
  EXPECT_TRUE(back->at("Fines").classifier.empty());
  EXPECT_TRUE(back->at("Fines").memory.places.empty());
}

TEST(BrandNetworks, ComeBackFromBytes) {
  BrandNetworks networks;
  networks["Karstad fines"] = untrained();
  networks["Lump"] = untrained();
  networks["Lump"].detector.threshold = 2.5;
  const auto bytes = to_bytes(networks);
  ASSERT_TRUE(bytes);
  const auto back = brand_networks_from_bytes(*bytes, "test");
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->size(), 2u);
  EXPECT_EQ(back->at("Lump").detector.threshold, 2.5);
  EXPECT_EQ(back->at("Karstad fines").detector.network.parameters, networks["Lump"].detector.network.parameters);
}

TEST(BrandNetworks, RefuseWhatIsCutOffOrNotTheirs) {
  BrandNetworks networks;
  networks["Lump"] = untrained();
  const std::string bytes = *to_bytes(networks);
  EXPECT_FALSE(brand_networks_from_bytes(bytes.substr(0, bytes.size() - 1), "test"));
  EXPECT_FALSE(brand_networks_from_bytes("BWNETWORKS2\n4\n99999999\n0\n0\nLump", "test"));
  EXPECT_FALSE(brand_networks_from_bytes("something else", "test"));
  EXPECT_FALSE(brand_networks_from_bytes(bytes + bytes.substr(12), "test"));  // the same brand twice
  networks["Lump"].detector.foreign = true;
  EXPECT_FALSE(to_bytes(networks));
}

// Half of clean frames lie above 0, and a tenth of those at e^-2.3 = 0.1: 0.5 exp(-1.15 / 0.5).
TEST(BrandNetworks, RarePeaksFollowTheTailOfCleanFramesPeaks) {
  const DetectorModel model = untrained_detector();
  EXPECT_DOUBLE_EQ(false_per_frame(model, -3), 0.5);
  EXPECT_NEAR(false_per_frame(model, 1.1512925), 0.05, 1e-6);
  Blob blob;
  blob.peak = 1.1512925;
  blob.score = 0.2;   // the mean of its cells: the tail is not of these
  EXPECT_NEAR(false_per_frame(model, blob), 0.05, 1e-6);
  EXPECT_DOUBLE_EQ(one_in(0.05), 20);
  EXPECT_DOUBLE_EQ(one_in(1.0 / 12'345), 12'000);
  EXPECT_DOUBLE_EQ(one_in(0), 1e9);
  EXPECT_TRUE(fits(model, 2.4));
  EXPECT_FALSE(fits(model, 4));
}

BrandEye::Thing thing(int x, int y, int w, int h) {
  BrandEye::Thing made;
  made.blob.x = x, made.blob.y = y, made.blob.w = w, made.blob.h = h;
  made.what = {"unknown", false, 0};
  return made;
}

TEST(BrandNetworks, AThingStrengthensWhatItMeetsOrStandsAlone) {
  FrameAnalysis analysis;
  Candidate plate;
  plate.x = 10, plate.y = 10, plate.w = 20, plate.h = 20;
  plate.area_mm2 = 40000;  // where strength is contrast
  plate.contrast = plate.strength = 5;
  plate.features[3] = 7;
  analysis.candidates.push_back(plate);
  BrandEye::Thing seen = thing(24, 24, 12, 12);
  join_thing(analysis, seen, 4, 1e-3, 2);
  ASSERT_EQ(analysis.candidates.size(), 1u);
  EXPECT_EQ(analysis.candidates[0].strength, 5);
  EXPECT_EQ(analysis.candidates[0].false_per_frame, 1e-3);
  EXPECT_EQ(analysis.candidates[0].label, "");     // nobody asked
  seen.what = {"metal", true, 0.9};
  join_thing(analysis, seen, 9, 1e-6, 2);
  EXPECT_EQ(analysis.candidates[0].strength, 9);
  EXPECT_EQ(analysis.candidates[0].contrast, 9);
  EXPECT_EQ(analysis.candidates[0].features[3], 7);
  EXPECT_EQ(analysis.candidates[0].label, "metal");
  EXPECT_EQ(analysis.candidates[0].label_confidence, 0.9);
  join_thing(analysis, thing(100, 24, 20, 8), 12, 1e-8, 2);
  ASSERT_EQ(analysis.candidates.size(), 2u);
  EXPECT_EQ(analysis.candidates[0].x, 100);
  EXPECT_EQ(analysis.candidates[0].length_mm, 40);
  EXPECT_EQ(analysis.candidates[0].width_mm, 16);
  EXPECT_NEAR(candidate_strength(analysis.candidates[0].contrast, analysis.candidates[0].area_mm2), 12, 1e-9);
}

// A dark stretch of 2 m2 is other material to the line and is left out there: a plate on it must not go with it.
TEST(BrandNetworks, AThingOnMuchLargerMaterialKeepsItsOwnBoxAndArea) {
  FrameAnalysis analysis;
  Candidate stretch;
  stretch.x = 0, stretch.y = 0, stretch.w = 200, stretch.h = 200;
  stretch.area_mm2 = 2e6;
  stretch.contrast = stretch.strength = 6;
  analysis.candidates.push_back(stretch);
  join_thing(analysis, thing(40, 40, 20, 20), 30, 1e-9, 8);
  ASSERT_EQ(analysis.candidates.size(), 2u);
  EXPECT_EQ(analysis.candidates[0].strength, 30);
  EXPECT_EQ(analysis.candidates[0].w, 20);
  EXPECT_EQ(analysis.candidates[0].area_mm2, 0.5 * 160 * 160);
  EXPECT_EQ(analysis.candidates[1].strength, 6);
  EXPECT_EQ(analysis.candidates[1].area_mm2, 2e6);
}

}  // namespace
}  // namespace beltwarden::vision
