#include "inspect/object_events.h"

#include <gtest/gtest.h>

#include "science/vision/test_belts.h"

namespace beltwarden::inspect {
namespace {

namespace belts = vision::testing;

vision::BrandAppearance brand() {
  vision::BrandAppearance made;
  made.brand = "A";
  made.strength_tail = {4, 0.2, 0.1};
  return made;
}

material::Observation at_line(material::ObservationPayload payload, std::vector<material::LotInterval> where) {
  material::Observation o;
  o.instrument = InstrumentId{"cam-1"};
  o.intervals = std::move(where);
  o.payload = std::move(payload);
  return o;
}

// As the rim measures it, by colour alone.
material::FrameReading measured(const belts::Picture& picture, int i, vision::AnalyseScratch& scratch) {
  const auto analysis = vision::analyse_frame(picture.view(), belts::kBeltMmPerPx, scratch);
  EXPECT_TRUE(analysis.ok());
  material::FrameReading frame;
  frame.frame_number = static_cast<std::uint64_t>(i + 1);
  frame.width_px = belts::kBeltWidthPx;
  frame.height_px = belts::kBeltHeightPx;
  frame.mm_per_px = belts::kBeltMmPerPx;
  frame.load_fraction = analysis->measurements.load_fraction;
  for (const auto& c : analysis->candidates) {
    material::FrameCandidate candidate;
    candidate.box = {c.x, c.y, c.w, c.h};
    candidate.area_mm2 = c.area_mm2;
    candidate.length_mm = c.length_mm;
    candidate.width_mm = c.width_mm;
    candidate.contrast = c.contrast;
    frame.candidates.push_back(candidate);
  }
  return frame;
}

// A tonne a metre of belt.
std::vector<FoundObject> pass(const belts::BeltScene& scene) {
  constexpr double kStep_t = belts::kBeltStepPx * belts::kBeltMmPerPx / 1000, kHeight_t = belts::kBeltHeightPx * belts::kBeltMmPerPx / 1000;
  const LotId lot{"L1"};
  ObjectEvents events({brand()});
  material::LotPlan plan;
  plan.lot = lot;
  plan.brand = "A";
  events.observe(at_line(plan, {}));
  vision::AnalyseScratch scratch;
  std::vector<FoundObject> found;
  const auto keep = [&](std::vector<FoundObject> some) { found.insert(found.end(), some.begin(), some.end()); };
  for (int i = 0; i < belts::kBeltFrames; ++i) {
    const double from = kStep_t * i;
    keep(events.observe(at_line(measured(belts::belt_picture(scene, i), i, scratch), {{lot, {Tonnes{from}, Tonnes{from + kHeight_t}}}})));
  }
  material::SliceClosed end{{lot, {0_t, 50_t}}, {}, {}, true, {}};
  keep(events.observe(at_line(end, {})));
  return found;
}

TEST(ObjectEvents, OneEventAThingWhateverItDoesOnTheBelt) {
  for (const auto& scene : belts::belt_scenes()) {
    EXPECT_EQ(static_cast<int>(pass(scene).size()), scene.events) << scene.name;
  }
}

TEST(ObjectEvents, SizeAndRarityOfAPlate) {
  const auto found = pass(belts::belt_scenes()[1]);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].event.best.length_mm, 75 * 8, 120);
  EXPECT_NEAR(found[0].event.best.width_mm, 50 * 8, 100);
  // Beyond the limit, so rarer than the three in ten million clean pictures that it stands for.
  EXPECT_LT(found[0].false_per_frame, 3e-7);
}

TEST(ObjectEvents, WhatTheNetworkCalledItIsKeptFromAnyOfItsPictures) {
  ObjectEvents events({brand()});
  const LotId lot{"L1"};
  material::LotPlan plan;
  plan.lot = lot;
  plan.brand = "A";
  events.observe(at_line(plan, {}));
  for (std::uint64_t i = 0; i < 2; ++i) {
    material::FrameReading frame;
    frame.frame_number = i + 1;
    frame.width_px = frame.height_px = 100;
    frame.mm_per_px = 8;
    frame.load_fraction = 1;
    material::FrameCandidate plate;
    plate.box = {40, static_cast<std::int32_t>(20 + 10 * i), 20, 20};
    plate.area_mm2 = 40000;
    plate.contrast = i == 0 ? 20 : 30;        // the second picture is the better one, and nobody named it there
    if (i == 0) plate.label = "metal", plate.confidence = 0.8, plate.false_per_frame = 1e-8;
    frame.candidates.push_back(plate);
    events.observe(at_line(frame, {{lot, {Tonnes{0.08 * static_cast<double>(i)}, Tonnes{0.8 + 0.08 * static_cast<double>(i)}}}}));
  }
  const auto found = events.observe(at_line(material::SliceClosed{{lot, {0_t, 50_t}}, {}, {}, true, {}}, {}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].event.best_frame, 2u);
  EXPECT_EQ(found[0].event.best.label, "metal");
  EXPECT_EQ(found[0].event.best.label_confidence, 0.8);
  EXPECT_EQ(found[0].false_per_frame, 1e-8);
}

}  // namespace
}  // namespace beltwarden::inspect
