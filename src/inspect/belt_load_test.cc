#include "inspect/belt_load.h"

#include <gtest/gtest.h>

#include "inspect/object_events.h"

namespace beltwarden::inspect {
namespace {

const LotId kLot{"LOT-1"};

// One poll a second at 4.5 m/s; `tonnes` of the lot weighed in it, none = bare belt.
material::Observation poll(double& mark, double tonnes) {
  material::BeltReading belt;
  belt.speed_mps = 4.5;
  belt.rate_tph = tonnes * 3600;
  material::Observation o;
  if (tonnes > 0) o.intervals.push_back({kLot, {Tonnes{mark}, Tonnes{mark + tonnes}}});
  mark += tonnes;
  o.payload = belt;
  return o;
}

TEST(BeltLoad, MeanOfWhatWasWeighedThere) {
  BeltLoad load;
  double mark = 0;
  for (int i = 0; i < 20; ++i) load.observe(poll(mark, 1));
  const auto at = load.at({kLot, {Tonnes{10.2}, Tonnes{11.8}}});
  ASSERT_TRUE(at);
  EXPECT_NEAR(at->kg_per_m, 1000 / 4.5, 1e-9);
  EXPECT_FALSE(at->end);
}

TEST(BeltLoad, TheBeginningAndTheEndOfALoadAreKnownAsSuch) {
  BeltLoad load;
  double mark = 0;
  for (int i = 0; i < 20; ++i) load.observe(poll(mark, 1));
  for (int i = 0; i < 10; ++i) load.observe(poll(mark, 0));
  for (int i = 0; i < 20; ++i) load.observe(poll(mark, 1));
  EXPECT_TRUE(load.at({kLot, {Tonnes{0}, Tonnes{1.4}}})->end);
  EXPECT_FALSE(load.at({kLot, {Tonnes{8}, Tonnes{9.4}}})->end);
  EXPECT_TRUE(load.at({kLot, {Tonnes{19.2}, Tonnes{20}}})->end);
  EXPECT_TRUE(load.at({kLot, {Tonnes{20}, Tonnes{20.7}}})->end);
  EXPECT_FALSE(load.at({kLot, {Tonnes{30}, Tonnes{31.4}}})->end);
}

TEST(BeltLoad, WhatHasNotBeenWeighedHasNoLoad) {
  BeltLoad load;
  double mark = 0;
  EXPECT_FALSE(load.at({kLot, {Tonnes{0}, Tonnes{1}}}));
  for (int i = 0; i < 5; ++i) load.observe(poll(mark, 1));
  EXPECT_FALSE(load.at({kLot, {Tonnes{7}, Tonnes{8}}}));
  EXPECT_FALSE(load.at({LotId{"LOT-2"}, {Tonnes{1}, Tonnes{2}}}));
}

// --- objects ---

material::Observation picture(std::uint64_t number, double area_mm2, int candidates, bool two_lots) {
  material::FrameReading f;
  f.frame_number = number;
  f.width_px = 96;
  f.height_px = 400;
  f.load_fraction = 0.95;
  for (int i = 0; i < candidates; ++i) {
    material::FrameCandidate c;
    c.box = {10, 20 + 60 * i, 30, 20};
    c.area_mm2 = area_mm2;
    c.length_mm = 600;
    c.contrast = 15;
    f.candidates.push_back(c);
  }
  material::Observation o;
  const double from = 2.0 * static_cast<double>(number);
  o.intervals.push_back({kLot, {Tonnes{from}, Tonnes{from + 2}}});
  if (two_lots) o.intervals.push_back({LotId{"LOT-2"}, {Tonnes{0}, Tonnes{1}}});
  o.payload = f;
  return o;
}

std::size_t objects(double area_mm2, int candidates, bool two_lots) {
  ObjectEvents events({});
  events.observe(picture(1, area_mm2, candidates, two_lots));
  return events.observe(picture(9, 0, 0, false)).size();
}

TEST(ObjectEvents, OtherMaterialIsNotAnObject) {
  EXPECT_EQ(objects(240000, 1, false), 1U);
  EXPECT_EQ(objects(240000, 3, false), 3U);
  EXPECT_EQ(objects(240000, 6, false), 1U);     // lumps all over: the strongest stands for them
  EXPECT_EQ(objects(4e6, 1, false), 0U);        // four square metres
  EXPECT_EQ(objects(1e6, 1, false), 1U);
  EXPECT_EQ(objects(1e6, 1, true), 0U);         // where one lot ends and another begins
  EXPECT_EQ(objects(240000, 1, true), 1U);
}

}  // namespace
}  // namespace beltwarden::inspect
