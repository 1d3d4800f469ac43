#include "science/vision/frame_analysis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

using testing::ore;

FrameAnalysis analyse(const testing::Picture& picture, double mm_per_px) {
  AnalyseScratch scratch;
  auto analysis = analyse_frame(picture.view(), mm_per_px, scratch);
  EXPECT_TRUE(analysis);
  return *analysis;
}

bool covers(const Candidate& c, double x, double y) { return c.x <= x && x < c.x + c.w && c.y <= y && y < c.y + c.h; }

TEST(FrameAnalysis, PlateOnOreIsTheStrongestCandidateAtItsTrueSize) {
  auto picture = ore(256, 128, 9, 1);
  testing::lay_plate(picture, 150, 60, 8, 2);
  const auto analysis = analyse(picture, 8);
  ASSERT_FALSE(analysis.candidates.empty());
  const Candidate& plate = analysis.candidates.front();
  EXPECT_TRUE(covers(plate, 150, 60));
  EXPECT_NEAR(plate.length_mm, 600, 90);
  EXPECT_NEAR(plate.width_mm, 400, 80);
  EXPECT_GT(plate.features[0], 15);                       // much brighter than the ore
  EXPECT_LT(plate.features[3], -0.3F);                    // and smoother
}

TEST(FrameAnalysis, BeamIsFoundLongAtCoarseAndFineScale) {
  for (const double mm_per_px : {4.0, 8.0, 16.0}) {
    const int width = static_cast<int>(2048 / mm_per_px), height = width / 2;
    auto picture = ore(width, height, std::max(4.0, 70 / mm_per_px), 3);
    testing::lay_beam(picture, width / 2.0, height / 2.0, mm_per_px, 4);
    const auto analysis = analyse(picture, mm_per_px);
    ASSERT_FALSE(analysis.candidates.empty()) << mm_per_px;
    const Candidate& beam = analysis.candidates.front();
    EXPECT_TRUE(covers(beam, width / 2.0, height / 2.0)) << mm_per_px;
    EXPECT_NEAR(beam.length_mm, 1200, 200) << mm_per_px;
    EXPECT_GT(beam.length_mm / beam.width_mm, 4) << mm_per_px;
  }
}

TEST(FrameAnalysis, CleanOreHasOnlyWeakCandidates) {
  auto with_plate = ore(256, 128, 9, 1);
  testing::lay_plate(with_plate, 150, 60, 8, 2);
  const double plate = analyse(with_plate, 8).candidates.front().strength;
  for (std::uint64_t seed = 10; seed < 40; ++seed) {
    const auto analysis = analyse(ore(256, 128, 9, seed), 8);
    const double strongest = analysis.candidates.empty() ? 0 : analysis.candidates.front().strength;
    EXPECT_LT(strongest, 0.5 * plate) << seed;
  }
}

TEST(FrameAnalysis, BareBeltAtTheSidesIsNotOre) {
  auto picture = ore(256, 128, 9, 1);
  testing::lay_bar(picture, 16, 64, 200, 48, 90, 40, 42, 40, 0.005, 5);    // left 40 columns
  testing::lay_bar(picture, 236, 64, 200, 48, 90, 40, 42, 40, 0.005, 6);   // right 44 columns
  const auto analysis = analyse(picture, 8);
  EXPECT_NEAR(analysis.measurements.load_fraction, 1 - 84.0 / 256, 0.06);
  for (const Candidate& c : analysis.candidates) {
    EXPECT_FALSE(covers(c, 16, 64));
    EXPECT_FALSE(covers(c, 240, 64));
  }
}

// Left 40 columns and right 44 of 256, in cells of 8: five whole cells at the left; a cell beside bare belt is its edge.
TEST(FrameAnalysis, OreBeltAndEdgeAreFoundNotDrawn) {
  auto picture = ore(256, 128, 9, 1);
  testing::lay_bar(picture, 16, 64, 200, 48, 90, 40, 42, 40, 0.005, 5);
  testing::lay_bar(picture, 236, 64, 200, 48, 90, 40, 42, 40, 0.005, 6);
  const LoadMask load = analyse(picture, 8).load;
  EXPECT_EQ(load.cell_px, 8);
  EXPECT_EQ(load.columns, 32);
  EXPECT_EQ(load.rows, 16);
  int edges = 0;
  for (int y = 4; y < 128; y += 8) {
    EXPECT_EQ(load.at_px(12, y), LoadMask::Kind::kBelt) << y;
    EXPECT_EQ(load.at_px(244, y), LoadMask::Kind::kBelt) << y;
    EXPECT_EQ(load.at_px(128, y), LoadMask::Kind::kOre) << y;
    for (int x = 28; x < 64; x += 8) edges += load.at_px(x, y) == LoadMask::Kind::kEdge;
  }
  EXPECT_GE(edges, 16);                                   // one a row at least
  const LoadMask full = analyse(ore(256, 128, 9, 1), 8).load;
  EXPECT_LE(std::count(full.kind.begin(), full.kind.end(), LoadMask::Kind::kBelt), 10);   // of 512: dark grains at the very side
  // Averaged down by two: cells of 16 px of the picture given.
  EXPECT_EQ(analyse(ore(1024, 512, 12, 1), 2).load.cell_px, 16);
}

TEST(FrameAnalysis, HeatIsHighestWhereThePlateLies) {
  auto picture = ore(256, 128, 9, 1);
  testing::lay_plate(picture, 150, 60, 8, 2);
  const HeatMap heat = analyse(picture, 8).heat;
  ASSERT_EQ(heat.columns, 32);
  ASSERT_EQ(heat.rows, 16);
  ASSERT_EQ(heat.levels.size(), 32u * 16u);
  EXPECT_FALSE(heat.by_network);
  EXPECT_EQ(heat.levels[60 / 8 * 32 + 150 / 8], '9');
  EXPECT_LT(heat.levels[10 / 8 * 32 + 20 / 8], '6');
}

TEST(FrameAnalysis, EmptyBeltIsEmpty) {
  auto picture = ore(256, 128, 9, 1);
  testing::lay_bar(picture, 128, 64, 400, 400, 0, 40, 42, 40, 0.005, 5);
  const auto analysis = analyse(picture, 8);
  EXPECT_EQ(analysis.measurements.load_fraction, 0);
  EXPECT_TRUE(analysis.candidates.empty());
}

TEST(FrameAnalysis, MeasurementsAreOfTheOreNotOfThePlate) {
  auto picture = ore(256, 128, 9, 1);
  const auto before = analyse(picture, 8).measurements;
  testing::lay_plate(picture, 150, 60, 8, 2);
  const auto after = analyse(picture, 8).measurements;
  for (std::size_t p = 0; p < 3; ++p) EXPECT_NEAR(before.mean_lab[p], after.mean_lab[p], 1.5);
  EXPECT_NEAR(before.texture, after.texture, 0.15 * before.texture);
}

TEST(FrameAnalysis, SamePictureSameBytes) {
  auto picture = ore(512, 256, 12, 7);
  testing::lay_plate(picture, 250, 120, 4, 2);
  const auto first = analyse(picture, 4), second = analyse(picture, 4);
  ASSERT_EQ(first.candidates.size(), second.candidates.size());
  for (std::size_t i = 0; i < first.candidates.size(); ++i) {
    EXPECT_EQ(first.candidates[i].features, second.candidates[i].features);
    EXPECT_EQ(first.candidates[i].strength, second.candidates[i].strength);
  }
  EXPECT_EQ(first.measurements.mean_lab, second.measurements.mean_lab);
}

TEST(FrameAnalysis, RefusesPicturesItCannotRead) {
  const auto picture = ore(128, 64, 9, 1);
  AnalyseScratch scratch;
  ImageView view = picture.view();
  EXPECT_FALSE(analyse_frame(view, 0.0, scratch));
  EXPECT_FALSE(analyse_frame(view, std::nan(""), scratch));
  view.stride_bytes = 100;
  EXPECT_FALSE(analyse_frame(view, 8, scratch));
  view = picture.view();
  view.height_px = 0;
  EXPECT_FALSE(analyse_frame(view, 8, scratch));
  EXPECT_FALSE(analyse_frame({}, 8, scratch));
}

}  // namespace
}  // namespace beltwarden::vision
