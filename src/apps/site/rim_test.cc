#include "apps/site/rim_pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <future>

#include "base/rng.h"
#include "inspect/object_events.h"

namespace beltwarden::site {
namespace {

// A network whose evidence is `everywhere`, whatever it looks at.
vision::DetectorModel sure_of(float everywhere) {
  vision::DetectorModel model;
  model.network = vision::detector_network(0, 1);
  std::fill(model.network.parameters.begin(), model.network.parameters.end(), 0.0f);
  const auto& head = model.network.plan.steps()[static_cast<std::size_t>(model.network.outputs.front())];
  const int weights = model.network.plan.parameter_count(head) - head.channels;
  model.network.parameters[static_cast<std::size_t>(head.parameters + weights)] = everywhere;
  model.mm_per_px = 4;
  model.threshold = 0;
  model.claimed_false_per_frame = 0.1;
  model.frame_tail = {-1, 0.1, 0.5};
  return model;
}

vision::BrandAppearance appearance(const std::string& brand) {
  vision::BrandAppearance a;
  a.brand = brand;
  a.strength_tail = {4, 0.2, 0.1};
  return a;
}

instruments::RawFrame picture(double mm_per_px = 4) {
  instruments::RawFrame frame;
  frame.instrument = InstrumentId{"camera"};
  frame.frame_number = 1;
  frame.width_px = 128;
  frame.height_px = 96;
  frame.mm_per_px = mm_per_px;
  Rng rng(3);
  frame.bgr.resize(std::size_t{3} * 128 * 96);
  for (auto& byte : frame.bgr) byte = static_cast<std::uint8_t>(100 + rng.below(30));
  return frame;
}

std::vector<material::FrameCandidate> candidates(Rim& rim, const instruments::RawFrame& frame, std::string_view brand) {
  auto made = rim.measure(frame, brand);
  EXPECT_TRUE(made.ok());
  return std::get<material::FrameReading>(made->reading.payload).candidates;
}

Rim with_network(float everywhere) {
  RimModels models;
  models.networks["Lump"] = {sure_of(everywhere), {}, {}};
  models.appearances.push_back(appearance("Lump"));
  return Rim(std::move(models));
}

// 4 above the median of clean frames' peaks at a scale of 0.1: 0.5 e^-40 of them, rarer than the limit of objects asks for.
TEST(Rim, WhatTheNetworkIsSureOfReachesTheBrandsLimit) {
  Rim rim = with_network(3);
  const auto found = candidates(rim, picture(), "Lump");
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front().box.w, 128);
  EXPECT_EQ(found.front().box.h, 96);
  const double strength = vision::candidate_strength(found.front().contrast, found.front().area_mm2);
  EXPECT_GT(strength, inspect::strength_limit(appearance("Lump")));
  // As rare as the limit is: ln(3e-7 / 0.5 e^-40) = 25.67 tails of 0.2 beyond it, with the limit's margin of 1.25.
  EXPECT_NEAR(strength, inspect::strength_limit(appearance("Lump")) + 1.25 * 0.2 * 25.67, 0.01);
  EXPECT_NEAR(found.front().false_per_frame / (0.5 * std::exp(-40.0)), 1, 1e-4);
  EXPECT_EQ(found.front().label, "");   // this network brings no classes
}

TEST(Rim, WhatIsCommonOnCleanOreStaysBelowTheLimit) {
  Rim rim = with_network(0.2f);   // 0.5 e^-12 = 3.1e-6
  for (const auto& candidate : candidates(rim, picture(), "Lump")) {
    EXPECT_LT(vision::candidate_strength(candidate.contrast, candidate.area_mm2), inspect::strength_limit(appearance("Lump")));
  }
}

RimModels sure_models() {
  RimModels models;
  models.networks["Lump"] = {sure_of(3), {}, {}};
  models.appearances.push_back(appearance("Lump"));
  return models;
}

// What officers called ore at this very place is lowered by 6: from 4 above the clean median to 2 below it.
TEST(Rim, WhatOfficersCalledOreIsNoLongerAnObject) {
  const auto frame = picture();
  RimModels models = sure_models();
  vision::Detector eye(models.networks["Lump"].detector);
  const vision::ImageView view{frame.bgr.data(), 128, 96, 3 * 128};
  const auto features = eye.crop_features(vision::cut_crop(view, 64, 48).view());
  ASSERT_TRUE(features);
  vision::OreMemory& memory = models.networks["Lump"].memory;
  memory.centre.assign(features->size(), 0);
  memory.scale.assign(features->size(), 1);
  memory.limit = 0.01;
  ASSERT_TRUE(vision::remember(memory, *features));
  Rim before(sure_models()), after(std::move(models));
  const auto strongest = [&](Rim& rim) {
    const auto found = candidates(rim, frame, "Lump");
    return found.empty() ? 0 : vision::candidate_strength(found.front().contrast, found.front().area_mm2);
  };
  EXPECT_GT(strongest(before), inspect::strength_limit(appearance("Lump")));
  EXPECT_LT(strongest(after), inspect::strength_limit(appearance("Lump")));
}

TEST(Rim, TheNetworksClassGoesWithTheCandidate) {
  const auto frame = picture();
  RimModels models = sure_models();
  vision::Detector eye(models.networks["Lump"].detector);
  const vision::ImageView view{frame.bgr.data(), 128, 96, 3 * 128};
  const auto features = *eye.crop_features(vision::cut_crop(view, 64, 48).view());
  std::vector<vision::LabelledFeatures> examples;
  Rng rng(8);
  for (int i = 0; i < 40; ++i) {
    auto one = features;
    for (auto& value : one) value += static_cast<float>(0.1 * rng.normal() + (i % 2 ? 0 : 5));
    examples.push_back({std::move(one), i % 2 ? "metal" : "wood"});
  }
  models.networks["Lump"].classifier = *vision::fit_crop_classifier(examples, 0.05);
  Rim rim(std::move(models));
  const auto found = candidates(rim, frame, "Lump");
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front().label, "metal");
  EXPECT_GT(found.front().confidence, 0.5);
}

TEST(Rim, HowThePictureWasTakenIsMeasuredAndTheSamePictureAgainNoticed) {
  Rim rim;
  WindowWatches windows;
  const auto reading = [&](const instruments::RawFrame& frame) {
    auto made = rim.measure(frame);
    windows.look(frame, *made);
    return std::get<material::FrameReading>(made->reading.payload).condition;
  };
  const auto first = reading(picture());
  EXPECT_NEAR(first.light, 114.5, 1);   // bytes 100 to 129
  EXPECT_FALSE(first.frozen);
  EXPECT_TRUE(reading(picture()).frozen);
  auto other = picture();
  other.instrument = InstrumentId{"camera 2"};
  EXPECT_FALSE(reading(other).frozen);  // each camera has a window of its own
}

TEST(Rim, OtherBrandsAndOtherScalesAreJudgedByColourAlone) {
  Rim rim = with_network(3), plain;
  const auto colour = candidates(plain, picture(), "Lump").size();
  EXPECT_EQ(candidates(rim, picture(), "Fines").size(), colour);
  EXPECT_EQ(candidates(rim, picture(9), "Lump").size(), candidates(plain, picture(9), "Lump").size());
  EXPECT_EQ(rim.without_network("Lump", 4), "");
  EXPECT_EQ(rim.without_network("Fines", 4), "the pack has no network of it");
  EXPECT_NE(rim.without_network("Lump", 9), "");
  EXPECT_FALSE(plain.has_networks());
}

// Each frame's own answer, whichever rim measured it and whatever that one had measured before.
TEST(RimPool, WhatIsMeasuredDoesNotDependOnHowManyRimsThereAre) {
  RimModels models;
  models.networks["Lump"] = {sure_of(3), {}, {}};
  models.appearances.push_back(appearance("Lump"));
  Rim alone(models);
  RimPool pool(models, 3, 2);
  pool.start();
  std::vector<std::future<RimPool::Done>> under_way;
  std::vector<instruments::RawFrame> frames;
  for (std::uint64_t number = 1; number <= 24; ++number) {
    auto frame = picture();
    frame.frame_number = number;
    for (std::size_t i = number; i < frame.bgr.size(); i += 7 + number) frame.bgr[i] = static_cast<std::uint8_t>(9 * number);
    if (number == 7) frame.bgr.pop_back();
    frames.push_back(frame);
    under_way.push_back(pool.measure(std::move(frame), number % 3 ? "Lump" : "Fines"));
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto done = under_way[i].get();
    EXPECT_EQ(done.frame.frame_number, frames[i].frame_number);
    const auto expected = alone.measure(frames[i], frames[i].frame_number % 3 ? "Lump" : "Fines");
    ASSERT_EQ(done.measured.ok(), expected.ok());
    if (!expected) continue;
    const auto& found = std::get<material::FrameReading>(done.measured->reading.payload);
    const auto& wanted = std::get<material::FrameReading>(expected->reading.payload);
    EXPECT_EQ(found.digest, wanted.digest);
    EXPECT_EQ(found.network, wanted.network);
    EXPECT_EQ(found.mean_lab, wanted.mean_lab);
    ASSERT_EQ(found.candidates.size(), wanted.candidates.size());
    for (std::size_t c = 0; c < found.candidates.size(); ++c) EXPECT_EQ(found.candidates[c].features, wanted.candidates[c].features);
  }
}

}  // namespace
}  // namespace beltwarden::site
