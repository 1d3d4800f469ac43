// Named cases of belt life, one test each; laws over random belts are in line_tracker_law_test.cc.
#include "material/line_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "material/intervals.h"
#include "material/line_for_tests.h"

namespace beltwarden::material {
namespace {

using namespace line_for_tests;
using Kind = TrackerNote::Kind;

TEST(LineTracker, StampsASteadyBelt) {
  Line line;
  line.belt.feed(1, 0.25);      // 0.25 t/m at 3 m/s: 2700 t/h
  line.belt.run(200);           // 600 m, of which the first 20 m were empty: 145 t
  EXPECT_NEAR(line.passed(0), 145, 0.1);
  line.expect_true_marks(1, LotId{"A"});
  // Slice [0, 50) has passed the camera, and so has [50, 100).
  ASSERT_EQ(line.slices().size(), 2u);
  EXPECT_EQ(line.slices()[1].interval, (LotInterval{LotId{"A"}, {50_t, 100_t}}));
  EXPECT_EQ(line.slices()[1].seen.at(InstrumentId{"cam"}), (std::vector<TonneInterval>{{50_t, 100_t}}));
  EXPECT_TRUE(line.notes().empty());
}

TEST(LineTracker, FollowsVariableSpeed) {
  Line line;
  line.belt.feed(1, 0.25);
  for (const double speed : {3.0, 0.5, 4.2, 1.7, 3.3, 0.2, 2.0}) {
    line.belt.speed_mps = speed;
    line.belt.run(20);
  }
  line.expect_true_marks(1, LotId{"A"});
  EXPECT_NEAR(line.passed(0), line.belt.passed_t(1), 0.1);
  EXPECT_TRUE(line.notes().empty());
}

TEST(LineTracker, FollowsSpeedAloneWithoutEncoder) {
  Line line;
  line.belt.with_encoder = false;
  line.belt.feed(1, 0.25);
  line.belt.run(100);
  line.expect_true_marks(1, LotId{"A"});
}

TEST(LineTracker, FollowsCountsAloneWithoutRate) {
  Line line;
  line.belt.with_rate = false;
  line.belt.feed(1, 0.25);
  line.belt.run(100);
  line.expect_true_marks(1, LotId{"A"});
}

TEST(LineTracker, AStoppedBeltMakesNoTonnesAndARestartGoesOn) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(60);
  const double before = line.passed(0);
  line.belt.speed_mps = 0;
  line.said.clear();
  line.belt.run(30);
  EXPECT_EQ(line.passed(0), before);
  EXPECT_EQ(line.tracker.speed_mps(), 0);
  // Instruments go on looking at the same spot and say so.
  std::map<InstrumentId, std::vector<TonneInterval>> seen;
  for (const Observation& o : line.said) {
    for (const LotInterval& i : o.intervals) seen[o.instrument].push_back(i.tonnes);
  }
  EXPECT_NEAR(total(merged(seen[InstrumentId{"nir"}])).value, 0.2 * 0.25, 0.01);
  EXPECT_NEAR(total(merged(seen[InstrumentId{"cam"}])).value, 1 * 0.25, 0.02);
  line.belt.speed_mps = 3;
  line.belt.run(60);
  line.expect_true_marks(1, LotId{"A"});
  EXPECT_NEAR(line.passed(0), line.belt.passed_t(1), 0.1);
}

/// The belt goes 30 m back and forward again: everything is weighed once, and seen again under the same marks.
void expect_reversal(bool counts_down) {
  Line line;
  line.belt.counts_down = counts_down;
  line.belt.feed(1, 0.25);
  line.belt.run(100);
  const double before = line.passed(0);
  line.belt.speed_mps = -1.5;
  line.belt.run(20);
  EXPECT_EQ(line.passed(0), before);
  line.belt.speed_mps = 3;
  line.belt.run(10);
  EXPECT_NEAR(line.passed(0), before, 0.1);
  line.belt.run(40);
  EXPECT_NEAR(line.passed(0), line.belt.passed_t(1), 0.2);
  line.expect_true_marks(1, LotId{"A"});
}
TEST(LineTracker, AReversalIsNotWeighedTwiceByAScaleThatCountsDown) { expect_reversal(true); }
TEST(LineTracker, AReversalIsNotWeighedTwiceByAScaleThatCountsUpAgain) { expect_reversal(false); }

TEST(LineTracker, NotesSlipOnceAndTrustsTheEncoder) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.reported_speed_error_mps = -3;   // the drive says standing, the encoder moves
  line.belt.run(60);
  EXPECT_EQ(line.notes()[Kind::kSlip], 1);
  line.expect_true_marks(1, LotId{"A"});
}

TEST(LineTracker, ADeadEncoderDoesNotPileTonnesOnOneSpot) {
  LineLayout l = layout();
  Line line(l);
  line.belt.feed(1, 0.25);
  line.belt.run(30);
  line.tracker.take_notes();
  const auto pass_on = line.belt.say;
  line.belt.say = [&](Reading reading) {
    if (auto* belt = std::get_if<BeltReading>(&reading.payload)) belt->encoder_ticks = 9000;   // stuck at 90 m
    pass_on(std::move(reading));
  };
  line.belt.run(60);
  EXPECT_EQ(line.notes()[Kind::kSlip], 1);
  EXPECT_NEAR(line.passed(0), line.belt.passed_t(1), 2.0);   // up to two seconds late
}

TEST(LineTracker, AnEmptyBeltHasNoTonnes) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(40);
  line.belt.feed(0, 0);
  line.belt.run(30);     // 90 m: everything has passed scale (20 m) and camera (23 m more)
  line.said.clear();
  line.belt.run(10);
  ASSERT_GT(line.said.size(), 100u);
  for (const Observation& o : line.said) EXPECT_TRUE(o.intervals.empty());
  EXPECT_NEAR(line.passed(0), 30, 0.1);    // 120 m of feeding
}

TEST(LineTracker, AScaleZeroedInMidLotLosesAtMostOnePoll) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(100);
  line.belt.zero_scale();
  line.belt.run(60);
  EXPECT_EQ(line.notes()[Kind::kTotaliserReset], 1);
  EXPECT_NEAR(line.passed(0), line.belt.passed_t(1), 0.2);
}

TEST(LineTracker, AJumpOfTheTotaliserIsNoMass) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(100);
  line.belt.totaliser_start = 400;       // 40 t from one poll to the next; 20 t is the most
  line.belt.run(60);
  EXPECT_EQ(line.notes()[Kind::kTotaliserJump], 1);
  EXPECT_NEAR(line.passed(0), line.belt.passed_t(1), 0.2);
}

TEST(LineTracker, CountersRollOver) {
  LineLayout l = layout();
  l.totaliser_modulus = 1'000'000;
  l.encoder_modulus = 65'536;
  Line line(l);
  // Not from the first poll on, so take a fresh line whose counters stand just before their ends.
  line.belt.totaliser_start = 999'950;
  line.belt.encoder_start = 65'000;
  Line fresh(l);
  fresh.belt.totaliser_start = 999'950;
  fresh.belt.encoder_start = 65'000;
  fresh.tracker = LineTracker(l);
  fresh.tracker.plan(plan("A", 1), fresh.belt.now());
  fresh.belt.poll();
  fresh.belt.feed(1, 0.25);
  fresh.belt.run(400);     // 1200 m = 120,000 encoder counts: rolls over twice; 295 t = 2950 counts: once
  EXPECT_NEAR(fresh.passed(0), 295, 0.1);
  EXPECT_TRUE(fresh.notes().empty());
  fresh.expect_true_marks(1, LotId{"A"});
}

TEST(LineTracker, ALotChangeTravelsWithTheBelt) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(100);
  line.belt.feed(2, 0.25);
  line.belt.run(6);           // the boundary has gone 18 of its 20 m to the scale
  EXPECT_EQ(line.passed(1), 0);
  EXPECT_EQ(line.tracker.lot_at_datum(), LotId{"A"});
  line.belt.run(20);
  EXPECT_EQ(line.tracker.lot_at_datum(), LotId{"B"});
  // 300 m of A. The PLC tells of the change with its next poll: up to a tenth of a second, 0.3 m, late.
  EXPECT_NEAR(line.passed(0), 75, 0.2);
  EXPECT_NEAR(line.passed(1), line.belt.passed_t(2), 0.2);
  line.expect_true_marks(2, LotId{"B"});
  // The camera sees a metre of belt: while the boundary is under it, it sees both.
  int both = 0;
  for (const Observation& o : line.said) {
    if (o.intervals.size() != 2) continue;
    ++both;
    if (std::holds_alternative<BeltReading>(o.payload)) continue;
    EXPECT_EQ(o.intervals[0].lot, LotId{"A"});
    EXPECT_EQ(o.intervals[1].lot, LotId{"B"});
    EXPECT_EQ(o.intervals[1].tonnes.from, 0_t);
  }
  EXPECT_GE(both, 6);
}

TEST(LineTracker, TwoLotsInterleave) {
  Line line;
  for (int turn = 0; turn < 3; ++turn) {
    line.belt.feed(1, 0.25);
    line.belt.run(40);        // 30 t
    line.belt.feed(2, 0.2);
    line.belt.run(50);        // 30 t
  }
  line.belt.feed(0, 0);
  line.belt.run(40);
  EXPECT_NEAR(line.passed(0), 90, 0.3);
  EXPECT_NEAR(line.passed(1), 90, 0.3);
  line.keep(line.tracker.end_of_lot(LotId{"A"}, line.belt.now()));
  line.keep(line.tracker.end_of_lot(LotId{"B"}, line.belt.now()));
  std::map<LotId, std::vector<TonneInterval>> slices;
  for (const SliceClosed& slice : line.slices()) {
    slices[slice.interval.lot].push_back(slice.interval.tonnes);
    for (const auto& [instrument, seen] : slice.seen) {
      EXPECT_TRUE(holes(seen, slice.interval.tonnes).empty()) << instrument.str() << " of " << slice.interval.lot.str();
    }
    EXPECT_EQ(slice.last_of_lot, slice.interval.tonnes.from == 50_t);
  }
  ASSERT_EQ(slices[LotId{"A"}].size(), 2u);
  ASSERT_EQ(slices[LotId{"B"}].size(), 2u);
  EXPECT_EQ(slices[LotId{"A"}][1].from, 50_t);
  EXPECT_EQ(slices[LotId{"A"}][1].to.value, line.passed(0));
  EXPECT_TRUE(line.tracker.lots()[0].closed);
}

TEST(LineTracker, AnUnplannedLotKeepsItsTonnes) {
  Line line;
  line.belt.feed(7, 0.25);
  line.belt.run(60);
  EXPECT_EQ(line.notes()[Kind::kUnplannedLot], 1);
  ASSERT_EQ(line.tracker.lots().size(), 3u);
  EXPECT_EQ(line.tracker.lots()[2].plan.lot, LotId{"unplanned-7"});
  EXPECT_NEAR(line.passed(2), 40, 0.1);
  line.tracker.plan(plan("C", 7), line.belt.now());   // the center's plan came late
  line.belt.run(60);
  EXPECT_NEAR(line.passed(2), 45, 0.2);               // 20 m were on their way
  EXPECT_NEAR(line.passed(3), 40, 0.2);
}

}  // namespace
}  // namespace beltwarden::material
