#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "inspect/logistics_watch.h"
#include "inspect/sampling_watch.h"
#include "inspect/test_line.h"
#include "material/line_notes.h"

namespace beltwarden::inspect {
namespace {

using testing::Belt;
using testing::sources;

material::CutterReading cut(std::uint32_t number, bool confirmed, double mass_kg = 300) {
  return {number, confirmed, mass_kg, "LOT-1/" + std::to_string(number)};
}

TEST(SamplingWatch, EveryIncrementConfirmedIsSilence) {
  auto inspector = make_sampling_watch(sources());
  Belt belt(**inspector, 6000);  // 100 increments, one in 60 t
  std::uint32_t number = 0;
  while (belt.mark() < 6000) {
    belt.second();
    if (belt.mark() > 60 * (number + 0.5))
      ++number, belt.see(cut(number, true), {Belt::interval(belt.mark(), belt.mark() + 0.1)});
  }
  belt.close(6000, true);
  EXPECT_TRUE(belt.said.empty());
}

TEST(SamplingWatch, ARefusedAndAForgottenIncrementAreEachSaidOnce) {
  auto inspector = make_sampling_watch(sources());
  Belt belt(**inspector, 6000);
  std::uint32_t number = 0;
  while (belt.mark() < 2000) {
    belt.second();
    if (belt.mark() > 60 * (number + 0.5)) {
      ++number;
      if (number == 7 || number == 8) continue;                 // nothing is heard
      belt.see(cut(number, number != 20), {Belt::interval(belt.mark(), belt.mark() + 0.1)});
    }
  }
  const auto missed = belt.of("increment_missed");
  ASSERT_EQ(missed.size(), 3U);
  EXPECT_EQ(missed[0].label, "no_answer");
  EXPECT_EQ(missed[0].where.tonnes.from, Tonnes{390});            // 6.5 x 60
  EXPECT_EQ(missed[0].priority, wire::Priority::kMedium);
  EXPECT_EQ(missed[1].priority, wire::Priority::kNone);           // the same row
  EXPECT_EQ(missed[2].label, "refused");
  EXPECT_EQ(missed[2].priority, wire::Priority::kMedium);
}

/// A lot of 5980 t with an increment every 60 t from 30 t on: all are taken but the last, which is due at 5970 t.
class LastIncrement {
 public:
  LastIncrement() {
    std::uint32_t number = 0;
    while (belt.mark() < 5980) {
      belt.second();
      if (number < 99 && belt.mark() > 60 * (number + 0.5)) {
        ++number;
        belt.see(cut(number, true), {Belt::interval(belt.mark(), belt.mark() + 0.1)});
      }
    }
  }
  std::unique_ptr<Inspector> inspector = *make_sampling_watch(sources());
  Belt belt{*inspector, 6000};
};

TEST(SamplingWatch, AnIncrementRefusedInTheLastTonnesIsSaidAtTheEnd) {
  LastIncrement run;
  run.belt.see(cut(100, false), {Belt::interval(5970, 5970.1)});
  run.belt.close(5980, true);
  const auto missed = run.belt.of("increment_missed");
  ASSERT_EQ(missed.size(), 1U);
  EXPECT_EQ(missed[0].label, "refused");
  EXPECT_EQ(missed[0].where.tonnes.from, Tonnes{5970});
  EXPECT_EQ(missed[0].measured[0].value, 100);
  EXPECT_EQ(missed[0].measured[1].value, 99);
  EXPECT_EQ(missed[0].measured[1].expected, 100);
}

TEST(SamplingWatch, AnIncrementOfTheLastTonnesMayBeAnsweredAfterTheEnd) {
  for (const bool taken : {true, false}) {
    LastIncrement run;
    run.belt.close(5980, true);
    EXPECT_TRUE(run.belt.said.empty()) << "its answer may be on the way";
    run.belt.see(cut(100, taken), {Belt::interval(5970, 5970.1)});
    for (int s = 0; s < 200; ++s) run.belt.second();
    const auto missed = run.belt.of("increment_missed");
    ASSERT_EQ(missed.size(), taken ? 0U : 1U);
    if (!taken) {
      EXPECT_EQ(missed[0].label, "refused");
    }
  }
}

TEST(SamplingWatch, AnIncrementOfTheLastTonnesThatNobodyAnswersIsMissed) {
  LastIncrement run;
  run.belt.close(5980, true);
  for (int s = 0; s < 100; ++s) run.belt.second();
  EXPECT_TRUE(run.belt.said.empty());
  for (int s = 0; s < 40; ++s) run.belt.second();
  const auto missed = run.belt.of("increment_missed");
  ASSERT_EQ(missed.size(), 1U);
  EXPECT_EQ(missed[0].label, "no_answer");
  EXPECT_EQ(missed[0].where.tonnes.from, Tonnes{5970});
}

TEST(LogisticsWatch, ProgressRateLoadAndHoursToTheEnd) {
  auto inspector = make_logistics_watch(sources());
  Belt belt(**inspector, 40000);
  while (belt.mark() < 4000) belt.second();
  const auto slices = belt.of("slice");
  ASSERT_GE(slices.size(), 78U);
  const auto& m = slices.back().measured;
  ASSERT_EQ(m.size(), 4U);
  EXPECT_EQ(m[0].name, "progress");
  EXPECT_NEAR(m[0].value, 9.88, 0.2);
  EXPECT_NEAR(m[1].value, 4000, 10);
  EXPECT_NEAR(m[2].value, 246.9, 0.1);                            // 4000 / 3.6 / 4.5
  EXPECT_NEAR(m[3].value, 9.0, 0.1);
}

TEST(LogisticsWatch, MassBeyondTheScalesClassIsSaidAtTheEnd) {
  auto inspector = make_logistics_watch(sources());
  Belt belt(**inspector, 2000);
  while (belt.mark() < 2060) belt.second();
  belt.close(2060, true);
  ASSERT_EQ(belt.of("mass_differs").size(), 1U);
  EXPECT_NEAR(belt.of("mass_differs")[0].measured[1].value, 3.0, 1e-9);
}

TEST(LogisticsWatch, AScaleThatDriftsAgainstTheCutterIsSuspected) {
  auto inspector = make_logistics_watch(sources());
  Belt belt(**inspector, 60000);
  Rng rng(4);
  std::uint32_t number = 0;
  for (int second = 0; second < 40000; ++second) {
    belt.second(second < 20000 ? 1 : 1.03);
    if (second % 150 == 149) {
      belt.see(cut(++number, true, 160 * (1 + 0.03 * rng.normal())),
               {Belt::interval(belt.mark() - 20, belt.mark() - 19.8)});
    }
  }
  const auto drift = belt.of("scale_drift");
  ASSERT_EQ(drift.size(), 1U);
  EXPECT_NEAR(drift[0].measured[0].value, 3.0, 1.6);
  EXPECT_NEAR(drift[0].where.tonnes.from.value, 22222, 1500);
}

TEST(LogisticsWatch, TonnesOfNoLotAreSaidWhereTheLastLotWas) {
  auto inspector = make_logistics_watch(sources());
  Belt belt(**inspector, 2000);
  const auto health = [](std::uint64_t tonnes) {
    material::HealthReading reading;
    reading.state = material::HealthReading::State::kDegraded;
    reading.dropped = {{"same PLC cycle", 40}, {material::kTonnesOfNoLot, tonnes}};
    return reading;
  };
  belt.see(health(500), {});                                      // before any lot: nowhere to say it
  EXPECT_TRUE(belt.of("tonnes_of_no_lot").empty());
  while (belt.mark() < 100) belt.second();
  const double mark = belt.mark();
  belt.see(health(509), {});                                      // 500 t were of before
  EXPECT_TRUE(belt.of("tonnes_of_no_lot").empty());
  belt.see(health(512), {});
  belt.see(health(515), {});                                      // told, and only 3 t more since
  belt.see(health(523), {});
  const auto said = belt.of("tonnes_of_no_lot");
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].measured[0].value, 512);
  EXPECT_EQ(said[1].measured[0].value, 523);
  EXPECT_EQ(said[0].priority, wire::Priority::kMedium);
  EXPECT_NEAR(said[0].where.tonnes.to.value, mark, 1e-9);
}

}  // namespace
}  // namespace beltwarden::inspect
