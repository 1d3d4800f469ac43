// Readings and polls that come late, twice, before their material or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "material/intervals.h"
#include "material/line_for_tests.h"

namespace beltwarden::material {
namespace {

using namespace line_for_tests;
using Kind = TrackerNote::Kind;

TEST(LineTracker, ALatePollMovesNothing) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(50);
  const auto pass_on = line.belt.say;
  std::optional<Reading> held;
  line.belt.say = [&](Reading reading) {
    if (std::holds_alternative<BeltReading>(reading.payload) && reading.device_sequence == 570) {
      held = std::move(reading);
    } else {
      pass_on(std::move(reading));
    }
  };
  line.belt.run(10);
  ASSERT_TRUE(held.has_value());
  const double before = line.passed(0);
  const auto out = line.tracker.take(*held);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_TRUE(out[0].intervals.empty());
  EXPECT_EQ(line.passed(0), before);
  EXPECT_EQ(line.notes()[Kind::kLatePoll], 1);
  EXPECT_TRUE(line.tracker.take(*held).empty());      // and the same once more is a duplicate
  EXPECT_EQ(line.notes()[Kind::kDuplicate], 1);
  line.belt.run(10);
  line.expect_true_marks(1, LotId{"A"});
}

TEST(LineTracker, AClockThatGoesBackLosesNoTonnes) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(50);
  line.belt.set_clock_back(3600);
  line.belt.run(50);
  EXPECT_EQ(line.notes()[Kind::kClockWentBack], 1);
  EXPECT_NEAR(line.passed(0), line.belt.passed_t(1), 0.1);
  line.expect_true_marks(1, LotId{"A"});
}

TEST(LineTracker, HoldsReadingsUntilThePlcHasCaughtUp) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(50);
  line.said.clear();
  line.belt.polling = false;
  line.belt.run(5);
  EXPECT_TRUE(line.said.empty());
  line.belt.polling = true;
  line.belt.run(0.2);
  EXPECT_GE(line.said.size(), 200u);
  line.expect_true_marks(1, LotId{"A"});
}

TEST(LineTracker, ASilentPlcLeavesReadingsWithoutTonnes) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(50);
  line.said.clear();
  line.belt.polling = false;
  line.belt.run(60);
  EXPECT_GE(line.said.size(), 2390u);      // 20 a second each; the last may be less than one poll old
  for (const Observation& o : line.said) EXPECT_TRUE(o.intervals.empty());
  EXPECT_EQ(line.notes()[Kind::kGap], 2);  // once an instrument
  // What passed unseen belongs to the lot on the belt, and no instrument has covered it.
  line.belt.polling = true;
  line.belt.run(60);
  EXPECT_NEAR(line.passed(0), line.belt.passed_t(1), 0.1);
  double covered = 0, closed = 0;
  for (const SliceClosed& slice : line.slices()) {
    covered += total(slice.seen.at(InstrumentId{"nir"})).value;
    closed += slice.interval.tonnes.mass().value;
  }
  EXPECT_EQ(closed, 100);
  EXPECT_NEAR(closed - covered, 45 - 3, 0.3);   // a minute at 0.75 t/s, less the sampling distance
}

TEST(LineTracker, InstrumentsBeforeTheScaleWaitForItsWord) {
  LineLayout l = layout();
  l.instruments[0].distance = Metres{-8};
  Line line(l);
  line.belt.feed(1, 0.25);
  line.belt.run(100);
  line.expect_true_marks(1, LotId{"A"});
  // On a standing belt they do not wait for ever.
  line.belt.speed_mps = 0;
  line.belt.run(8);
  line.said.clear();
  line.belt.run(10);
  int nir = 0;
  for (const Observation& o : line.said) nir += o.instrument == InstrumentId{"nir"};
  EXPECT_GE(nir, 200);
}

TEST(LineTracker, UnknownInstrumentsAreToldOf) {
  Line line;
  Reading reading;
  reading.instrument = InstrumentId{"stranger"};
  reading.payload = GammaReading{};
  const auto out = line.tracker.take(reading);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_TRUE(out[0].intervals.empty());
  EXPECT_EQ(line.notes()[Kind::kUnknownInstrument], 1);
}

TEST(LineTracker, ASparseInstrumentCoversItsSamplingDistanceOnly) {
  Line line;
  line.belt.instrument_period_s = 10;      // 7.5 t apart, 3 t each
  line.belt.feed(1, 0.25);
  line.belt.run(200);
  ASSERT_GE(line.slices().size(), 2u);
  const auto slices = line.slices();
  const auto& seen = slices[1].seen.at(InstrumentId{"nir"});
  EXPECT_NEAR(total(seen).value, 50 * 3 / 7.5, 1.0);
  EXPECT_EQ(slices[1].interval.tonnes, (TonneInterval{50_t, 100_t}));
}

TEST(LineTracker, KnowsWhereTonnesAre) {
  Line line;
  line.belt.feed(1, 0.25);
  line.belt.run(100);                        // datum at 70 t
  const auto at = line.tracker.position({LotId{"A"}, {64_t, 66_t}});
  ASSERT_TRUE(at.has_value());
  EXPECT_NEAR(at->value, 20, 0.5);           // 5 t at 0.25 t/m behind
  EXPECT_FALSE(line.tracker.position({LotId{"A"}, {80_t, 81_t}}).has_value());
  EXPECT_FALSE(line.tracker.position({LotId{"A"}, {1_t, 2_t}}).has_value());
}

}  // namespace
}  // namespace beltwarden::material
