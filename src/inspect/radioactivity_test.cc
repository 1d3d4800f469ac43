// Sources that pass, faults of the monitor, and what it says without a model.
#include "inspect/radioactivity.h"

#include <gtest/gtest.h>

#include "inspect/gamma_line_for_tests.h"
#include "material/intervals.h"
#include "wire/codec.h"

namespace beltwarden::inspect {
namespace {

using namespace gamma_test;
using testing::kLot;

TEST(RadioactivityWatch, OneFindingForAPassingSourceWithItsSpectrumAndPlace) {
  auto inspector = make_radioactivity(sources());
  ASSERT_TRUE(inspector) << inspector.error().message;
  const auto run = run_gamma(**inspector, [](int s, Second& now) { now.cs_cps = 350 * passing(s, 900); });
  ASSERT_EQ(run.suspects.size(), 1U);
  const auto& source = run.suspects[0];
  EXPECT_EQ(source.code, "artificial_source");
  EXPECT_EQ(source.label, "Cs-137");
  EXPECT_GT(source.confidence, 0.9);
  EXPECT_EQ(source.priority, wire::Priority::kCritical);
  const auto* position = measured(source, "position");
  ASSERT_NE(position, nullptr);
  EXPECT_NEAR(position->value, 901 * 4000.0 / 3600 - 11.25, 0.01);
  EXPECT_NEAR(position->std_error, 1.1111 / std::sqrt(12.0), 0.1);   // a reading of a second at 1.111 t/s
  EXPECT_LE(source.where.tonnes.from, Tonnes{position->value});
  EXPECT_GE(source.where.tonnes.to, Tonnes{position->value});
  EXPECT_LT(source.where.tonnes.mass(), Tonnes{5});
  ASSERT_EQ(source.evidence.size(), 2U);
  EXPECT_TRUE(source.evidence[0].bytes.starts_with("{\"energy_kev\":["));
  EXPECT_EQ(source.evidence[0].digest, sha256(source.evidence[0].bytes));
  EXPECT_EQ(source.evidence[1].kind, "gamma_waterfall");
  EXPECT_TRUE(source.evidence[1].bytes.starts_with("{\"edges_kev\":["));
  EXPECT_LT(source.evidence[1].bytes.size(), 12000U);
  EXPECT_GT(run.judged_t, 1940);                                      // all but the first seconds
}

TEST(RadioactivityWatch, ANaturalSourceIsNotCalledArtificialAndAMixtureIs) {
  auto inspector = make_radioactivity(sources());
  const auto run = run_gamma(**inspector, [](int s, Second& now) {
    now.ra_cps = 500 * passing(s, 600) + 600 * passing(s, 1200);
    now.cs_cps = 600 * passing(s, 1200);
  });
  ASSERT_EQ(run.suspects.size(), 2U);
  EXPECT_EQ(run.suspects[0].code, "natural_radioactivity_high");
  EXPECT_EQ(run.suspects[0].label, "Ra-226");
  EXPECT_EQ(run.suspects[1].code, "artificial_source");
  EXPECT_TRUE(run.suspects[1].label.starts_with("Cs-137+")) << run.suspects[1].label;   // Ra-226, or U-238: its lines
}

TEST(RadioactivityWatch, AStuckDetectorIsAFaultNotASourceAndTheOthersGoOn) {
  auto inspector = make_radioactivity(sources());
  const auto stuck = [](int s, Second& now) { now.stuck = s > 500 && s < 800 ? 2 : -1; };
  const auto run = run_gamma(**inspector, [&](int s, Second& now) {
    stuck(s, now);
    now.cs_cps = 350 * passing(s, 580);
  });
  ASSERT_EQ(run.suspects.size(), 2U);
  EXPECT_EQ(run.suspects[0].code, "detector_fault");
  EXPECT_EQ(run.suspects[0].label, "stuck");
  ASSERT_NE(measured(run.suspects[0], "detector"), nullptr);
  EXPECT_EQ(measured(run.suspects[0], "detector")->value, 3);
  EXPECT_NEAR(run.suspects[0].where.tonnes.from.value, 502 * 1.1111 - 12, 1.2);   // where it began, not where it was noticed
  EXPECT_EQ(run.suspects[1].label, "Cs-137");
  auto sound = make_radioactivity(sources());
  const double whole = run_gamma(**sound, [](int, Second&) {}).judged_t;
  EXPECT_LT(run.judged_t, whole - 10);                               // what was learnt anew is not judged
  EXPECT_GT(run.judged_t, whole - 350);                              // before and after, all is
}

// A strong source that passes one slab of four within a second counts there ten times what the others do.
TEST(RadioactivityWatch, AStrongSourceBesideOneDetectorIsNoFault) {
  auto inspector = make_radioactivity(sources());
  const auto run = run_gamma(**inspector, [](int s, Second& now) {
    now.cs_beside_one_cps = 5000 * passing(s, 900);
    now.dead = 0.01 + 0.1 * passing(s, 900);
  });
  ASSERT_EQ(run.suspects.size(), 1U);
  EXPECT_EQ(run.suspects[0].code, "artificial_source");
  EXPECT_EQ(run.suspects[0].label, "Cs-137");
  EXPECT_EQ(measured(run.suspects[0], "dead_time_share")->value, 0.11);
}

TEST(RadioactivityWatch, DeadTimeOfASourceTooStrongIsACriticalAlarmAndItIsJudgedAllTheSame) {
  auto inspector = make_radioactivity(sources());
  const auto run = run_gamma(**inspector, [](int s, Second& now) {
    now.cs_cps = 60'000 * passing(s, 900);
    now.dead = 0.6 * passing(s, 900);
  });
  ASSERT_EQ(run.suspects.size(), 2U) << run.suspects.back().code << " " << run.suspects.back().label;
  EXPECT_EQ(run.suspects[0].code, "overload");
  EXPECT_EQ(run.suspects[0].priority, wire::Priority::kCritical);
  EXPECT_EQ(measured(run.suspects[0], "dead_time_share")->value, 0.6);
  EXPECT_EQ(measured(run.suspects[0], "dead_time_share")->high, 0.3);
  EXPECT_EQ(run.suspects[1].code, "artificial_source");
  EXPECT_EQ(run.suspects[1].confidence, 0.5);                        // pulses pile up: the name is not to be relied on
}

TEST(RadioactivityWatch, NoLiveTimeIsADeadMonitorAndNothingIsJudged) {
  auto inspector = make_radioactivity(sources());
  const auto run = run_gamma(**inspector, [](int s, Second& now) { now.dead = s >= 600 && s < 700 ? 1 : 0; });
  ASSERT_EQ(run.suspects.size(), 1U);
  EXPECT_EQ(run.suspects[0].code, "detector_fault");
  EXPECT_EQ(run.suspects[0].label, "dead");
  EXPECT_LT(run.judged_t, 2000 - 100);
}

TEST(RadioactivityWatch, SpectraOfAnotherInstrumentAreNotJudged) {
  auto inspector = make_radioactivity(sources());
  Belt belt(**inspector, 4000);
  Rng rng(3);
  Spectrometer spectrometer;
  while (belt.mark() < 600) {
    belt.second();
    auto reading = spectrometer.reading(rng, 247);
    reading.calibration_kev = {30, 4, 0.05};                         // ends at 1,360 keV
    if (belt.mark() > 20) belt.see(reading, {Belt::interval(belt.mark() - 12, belt.mark() - 10.5)});
  }
  belt.close(600, true);
  ASSERT_EQ(belt.of("detector_fault").size(), 1U);
  EXPECT_LT(belt.judged_t, 30);                                      // the tonnes before the first reading alone
}

TEST(RadioactivityWatch, TheSameObservationsGiveTheSameBytes) {
  const auto change = [](int s, Second& now) {
    now.cs_cps = s % 400 == 0 ? 300 : 0;
    now.stuck = s > 1000 ? 1 : -1;
  };
  const auto first = run_gamma(**make_radioactivity(sources()), change).said;
  const auto second = run_gamma(**make_radioactivity(sources()), change).said;
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(wire::encode(first[i]), wire::encode(second[i]));
}

TEST(RadioactivityModel, RunsThatLackWhatIsNeededAreRefused) {
  Spectrometer spectrometer;
  Rng rng(2);
  std::vector<std::vector<CleanGamma>> runs(1);
  for (int i = 0; i < 300; ++i) runs[0].push_back({spectrometer.reading(rng, 200), static_cast<double>(i), 4.5, 200});
  EXPECT_FALSE(fit_radioactivity_model(runs));                       // five minutes
  runs[0].back().reading.counts.pop_back();
  EXPECT_EQ(fit_radioactivity_model(runs).error().message, "run 1: expected spectra of the same channels and energies throughout");
}

TEST(RadioactivityWatch, WithoutAModelItSaysSo) {
  auto inspector = make_radioactivity(testing::sources());
  ASSERT_TRUE(inspector);
  EXPECT_FALSE((*inspector)->info().fitted);
  EXPECT_TRUE(run_gamma(**inspector, [](int, Second& now) { now.cs_cps = 1000; }).said.empty());
  EXPECT_FALSE(make_radioactivity(testing::sources("rubbish")));
}

}  // namespace
}  // namespace beltwarden::inspect
