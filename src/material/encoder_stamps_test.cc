// Frames that the belt's own encoder triggers.
#include "material/encoder_stamps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "material/line_for_tests.h"

namespace beltwarden::material {
namespace {

using namespace line_for_tests;

TEST(EncoderStamps, OneLateFrameMovesNothing) {
  EncoderStamps stamps;
  EXPECT_EQ(stamps.place({1, 0.5}, 100.5, true), 100.5);
  EXPECT_EQ(stamps.place({1, 1.0}, 101.0, true), 101.0);
  EXPECT_EQ(stamps.place({1, 1.5}, 103.5, true), 101.5);      // 2 m late
  EXPECT_EQ(stamps.place({1, 2.0}, 102.0, true), 102.0);
}

TEST(EncoderStamps, BeginsAnewWithARunALossOrAReversal) {
  EncoderStamps stamps;
  EXPECT_EQ(stamps.place({1, 10}, 110, true), 110);
  EXPECT_EQ(stamps.place({2, 0.5}, 111, true), 111);          // the camera reconnected and counts anew
  EXPECT_EQ(stamps.place({2, 1}, 111.5, true), 111.5);
  EXPECT_EQ(stamps.place({2, 1.5}, 120, true), 120);          // pulses worth 8 m were missed
  EXPECT_EQ(stamps.place({2, 2}, 119.5, false), 119.5);       // backwards: time alone
  EXPECT_EQ(stamps.place({2, 2.5}, 121, true), 121);
}

TEST(EncoderStamps, FollowsAWornWheel) {
  EncoderStamps stamps;
  double worst_m = 0;
  for (int i = 1; i <= 1000; ++i) worst_m = std::max(worst_m, std::abs(stamps.place({1, i * 0.505}, i * 0.5, true) - i * 0.5));
  EXPECT_LT(worst_m, 0.1);                                    // 5 m have added up by then
}

/// Frames of which every third comes 0.3 s (0.9 m, 0.23 t) late; the largest error of their marks, tonnes.
double worst_mark_t(bool by_encoder) {
  Line line;
  const auto pass_on = line.belt.say;
  line.belt.say = [&](Reading reading) {
    if (reading.instrument == InstrumentId{"cam"}) {
      // The truth in `live_s` is the belt coordinate under the camera; the camera counts from a start of its own.
      if (by_encoder) reading.encoder = EncoderStamp{1, std::get<GammaReading>(reading.payload).live_s + 1234};
      if (reading.device_sequence % 3 == 0) reading.time = reading.time + milliseconds(300);
    }
    pass_on(std::move(reading));
  };
  line.belt.instrument_period_s = 0.5;
  line.belt.feed(1, 0.25);
  for (const double speed : {3.0, 1.5, 4.0}) {
    line.belt.speed_mps = speed;
    line.belt.run(60);
  }
  double worst = 0;
  int compared = 0;
  for (const Observation& o : line.said) {
    if (o.instrument != InstrumentId{"cam"} || o.intervals.size() != 1) continue;
    const double middle = (o.intervals[0].tonnes.from + o.intervals[0].tonnes.to).value / 2;
    if (o.intervals[0].tonnes.from.value < 3) continue;       // the field may reach over the lot's edge
    worst = std::max(worst, std::abs(middle - line.belt.lot_mass(1, line.truth.at({"cam", o.device_sequence}))));
    ++compared;
  }
  EXPECT_GT(compared, 200);
  return worst;
}

TEST(EncoderStamps, LateFramesKeepTheirTonnes) {
  EXPECT_GT(worst_mark_t(false), 0.2);
  EXPECT_LT(worst_mark_t(true), 0.15);                        // as the laws ask of every instrument
}

}  // namespace
}  // namespace beltwarden::material
