// The ore's own radioactivity: weighed by slice and lot, against limits and against what officers explained.
#include "inspect/radioactivity.h"

#include <gtest/gtest.h>

#include "inspect/expected_ore.h"
#include "inspect/gamma_line_for_tests.h"
#include "wire/codec.h"

namespace beltwarden::inspect {
namespace {

using namespace gamma_test;
using testing::kLot;

TEST(RadioactivityWatch, TheOreIsWeighedBySliceAndLot) {
  auto inspector = make_radioactivity(sources());
  const auto run = run_gamma(**inspector, [](int s, Second& now) { now.cs_cps = 500 * passing(s, 900); });
  int slices = 0;
  for (const auto& f : run.said) {
    const auto* thorium = measured(f, "Th-232");
    if (f.code != "slice" || thorium == nullptr) continue;
    ++slices;
    EXPECT_NEAR(thorium->value, 9, 4 * thorium->std_error) << f.where.tonnes.from.value;
    EXPECT_EQ(thorium->unit, "Bq/kg");
    EXPECT_EQ(thorium->high, 1000);
    ASSERT_NE(measured(f, "Th-232_decision_threshold"), nullptr);
    EXPECT_GT(measured(f, "Th-232_detection_limit")->value, measured(f, "Th-232_decision_threshold")->value);
  }
  EXPECT_GE(slices, 38);
  ASSERT_FALSE(run.said.empty());
  const wire::Finding* lot = nullptr;
  for (const auto& f : run.said) {
    if (f.code == "lot_mean") lot = &f;
  }
  ASSERT_NE(lot, nullptr);
  const std::array<const char*, 3> names{"lot_mean.K-40", "lot_mean.U-238", "lot_mean.Th-232"};
  for (std::size_t s = 0; s < 3; ++s) {
    const auto* m = measured(*lot, names[s]);
    ASSERT_NE(m, nullptr);
    EXPECT_NEAR(m->value, Second{}.bq_per_kg[s], 3 * m->std_error) << names[s];
  }
  EXPECT_LT(measured(*lot, "lot_mean.Th-232")->std_error, 3);
  EXPECT_GT(measured(*lot, "lot_mean.dose_over_bare_belt")->value, 0.5);
}

TEST(RadioactivityWatch, OreAboveALimitIsSaidOnceAndRaisedOreBelowItToo) {
  for (const auto& [thorium, limited] : {std::pair{3000.0, true}, {90.0, false}}) {
    for (const bool weighing : {true, false}) {
      if (!limited && !weighing) continue;                           // rates alone are no measure of so little
      auto inspector = make_radioactivity(sources(weighing));
      const auto run = run_gamma(**inspector, [&](int s, Second& now) {
        if (s > 500 && s < 1100) now.bq_per_kg[2] = thorium;
      });
      int above = 0, raised = 0, others = 0;
      for (const auto& f : run.suspects) {
        EXPECT_EQ(f.code, "natural_radioactivity_high");
        if (measured(f, "position") != nullptr) continue;            // the first tonnes, as a source
        EXPECT_EQ(f.label, "Th-232");
        EXPECT_NEAR(f.where.tonnes.from.value, 545, 160) << thorium;
        const auto* activity = measured(f, "Th-232");
        if (activity != nullptr && activity->high) {
          ++above;
          ASSERT_NE(measured(f, "I_gamma"), nullptr);                // 3000 / 260 and more
          ASSERT_EQ(f.evidence.size(), 1U);
          EXPECT_TRUE(f.evidence[0].bytes.starts_with("{\"limits\":[{\"quantity\":\"Th-232\",\"high\":1000,\"unit\":\"Bq/kg\",\"source\":\"IAEA GSR Part 3\",\"verified\":true}"))
              << f.evidence[0].bytes;
        } else {
          ++(measured(f, "times_usual") != nullptr ? raised : others);
          EXPECT_GT(measured(f, "times_usual")->value, 5);           // 90 over 10
        }
      }
      EXPECT_EQ(above, limited && weighing ? 1 : 0) << thorium;
      EXPECT_LE(raised, 1);
      EXPECT_EQ(above + raised > 0, true) << thorium;
      EXPECT_EQ(others, 0);
    }
  }
}

// Ore three hundred times as active as usual comes at once in second 501, and from the seventh second on it is learnt. It is one alarm,
// and caesium that passes in these seconds is another.
TEST(RadioactivityWatch, ASourceInTheSecondsInWhichHotOreIsLearntIsFoundAndTheOreIsNoSecondAlarm) {
  struct Said {
    int artificial = 0, beside = 0;          // named and where it lies; other alarms than of the ore
  };
  const auto said = [](std::uint64_t seed, int at, double cps) {
    auto inspector = make_radioactivity(sources());
    const auto run = run_gamma(**inspector, [&](int s, Second& now) {
      if (s > 500 && s < 1100) now.bq_per_kg[2] = 3000;
      now.cs_cps = cps * passing(s, at);
    }, seed);
    Said said;
    for (const auto& f : run.suspects) {
      const bool here = std::abs(f.where.tonnes.from.value - (1.111 * (at + 1) - 11.25)) < 4;
      if (f.code == "artificial_source" && f.label == "Cs-137" && here) {
        ++said.artificial;
      } else if (f.code != "natural_radioactivity_high") {
        ++said.beside;
      }
    }
    return said;
  };
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const Said ore = said(seed, 0, 0);
    EXPECT_EQ(ore.artificial + ore.beside, 0) << seed;
    for (const double cps : {1000.0, 3000.0}) {
      const Said learning = said(seed, 508, cps);   // in the midst of it: something, whatever it is called
      EXPECT_EQ(learning.artificial + learning.beside, 1) << seed << " " << cps;
      const Said learnt = said(seed, 512, cps);
      EXPECT_EQ(learnt.artificial, 1) << seed << " " << cps;
      EXPECT_EQ(learnt.beside, 0) << seed << " " << cps;
    }
  }
}

// Ore above a natural limit from the first tonne on, in which caesium comes up by and by: both are told, each once. No guard band: the
// caesium here has a source's spectrum, which is weighed as of the bulk with a large uncertainty.
TEST(RadioactivityWatch, OreAboveANaturalLimitIsStillSaidToHoldCaesiumAboveIts) {
  auto with = sources();
  with.limits = {{"Th-232", "Bq/kg", 100, 1.645, "", "a", true}, {"I_gamma", "1", 0.4, 1.645, "", "b", true}, {"Cs-137", "Bq/kg", 50, 0, "", "c", true}};
  auto inspector = make_radioactivity(with);
  const auto run = run_gamma(**inspector, [](int s, Second& now) {
    now.bq_per_kg[2] = 300;
    now.cs_cps = std::clamp(2.0 * (s - 900), 0.0, 1200.0);
  });
  std::vector<std::pair<std::string, std::string>> limits;
  for (const auto& f : run.suspects) {
    if (f.evidence.size() == 1 && f.evidence[0].kind == "limits") limits.emplace_back(f.code, f.label);
  }
  EXPECT_EQ(limits, (std::vector<std::pair<std::string, std::string>>{{"natural_radioactivity_high", "Th-232"}, {"artificial_source", "Cs-137"}}));
}

// Three lots of thorium sand: an officer explains the first, of brand A. The next of that brand is as expected, brand B is not. Taken back
// in the midst of the second, it is raised there after all.
TEST(RadioactivityWatch, WhatIsExplainedAsNaturalOreIsExpectedOfItsBrandFromThenOn) {
  const auto raised_in = [](bool explains, const std::string& explained_brand = "A", bool withdraws = false) {
    auto inspector = make_radioactivity(sources());
    Spectrometer spectrometer;
    Rng rng(9);
    std::vector<std::size_t> raised;
    std::vector<double> expected;
    double time_s = 0;
    const auto see = [&](Inspector& to, auto payload, std::vector<material::LotInterval> where, const FindingSink& say) {
      material::Observation o;
      o.instrument = InstrumentId{"x"};
      o.time = Time{} + seconds(time_s);
      o.intervals = std::move(where);
      o.payload = std::move(payload);
      to.observe(o, say);
    };
    for (const auto& [name, brand] : {std::pair{"L1", "A"}, {"L2", "A"}, {"L3", "B"}}) {
      std::vector<wire::Finding> said;
      const FindingSink say = [&](wire::Finding f) { said.push_back(std::move(f)); };
      const LotId lot{name};
      material::LotPlan plan;
      plan.lot = lot, plan.brand = brand;
      see(**inspector, plan, {}, say);
      const double step_t = 4000.0 / 3600;
      double mark = 0, closed = 0;
      for (; mark < 800; mark += step_t, ++time_s) {
        material::BeltReading belt;
        belt.speed_mps = 4.5, belt.rate_tph = 4000, belt.running = true;
        see(**inspector, belt, {{lot, {Tonnes{mark}, Tonnes{mark + step_t}}}}, say);
        if (mark > 12) see(**inspector, spectrometer.reading(rng, 247, {.bq_per_kg = {30, 12, 90}}), {{lot, {Tonnes{mark - 12}, Tonnes{mark - 10.5}}}}, say);
        if (withdraws && lot == LotId{"L2"} && mark > 400 && mark - step_t <= 400)
          see(**inspector, material::CommandTaken{"D-1@1-withdrawn", material::kNaturalOreWithdrawn, "wang", "L1", explained_brand, {}}, {{lot, {}}}, say);
        if (mark - closed <= 60) continue;
        material::SliceClosed slice;
        slice.interval = {lot, {Tonnes{closed}, Tonnes{closed + 50}}};
        slice.last_of_lot = mark + 10 > 800;
        (void)(*inspector)->close_slice(slice, {slice.interval.tonnes}, say);
        closed += 50;
      }
      raised.push_back(0);
      for (const auto& f : said) {
        if (f.code != "natural_radioactivity_high" || measured(f, "times_usual") == nullptr) continue;
        ++raised.back();
        expected.push_back(measured(f, "Th-232")->expected.value_or(0));
        if (explains && lot == LotId{"L1"})
          see(**inspector, material::CommandTaken{"D-1@1", material::kNaturalOreExplained, "li.wei", name, explained_brand,
                                                  {{f.label, measured(f, "Th-232")->value, "Bq/kg"}}}, {f.where}, say);
      }
    }
    return std::pair{raised, expected};
  };
  const auto [without, before] = raised_in(false);
  EXPECT_EQ(without, (std::vector<std::size_t>{1, 1, 1}));
  const auto [with, after] = raised_in(true);
  EXPECT_EQ(with, (std::vector<std::size_t>{1, 0, 1}));
  EXPECT_EQ(raised_in(true, "").first, (std::vector<std::size_t>{1, 1, 1})) << "of its lot alone";
  const auto [taken_back, places] = raised_in(true, "A", true);
  EXPECT_EQ(taken_back, (std::vector<std::size_t>{1, 1, 1}));
  for (const double level : after) EXPECT_NEAR(level, 10, 2);   // the mean of the runs, for a brand of which nobody has said more
}

TEST(RadioactivityWatch, WhatIsExpectedIsTheLevelThatWasExplainedOfItsSeriesUnitAndBrandOrLot) {
  gamma::NaturalReference usual;
  usual.mean = {100, 20, 10}, usual.sd = {10, 2, 1};
  ExpectedOre ore(usual, 3, "Bq/kg");
  const LotId a{"A"}, b{"B"}, bare{"bare"}, other{"other"};
  for (const auto& [lot, brand] : {std::pair{a, "fines"}, {b, "fines"}, {bare, ""}, {other, ""}}) EXPECT_TRUE(ore.plan(lot, brand));
  // The lot need not be there any more, as after a restart.
  EXPECT_EQ(ore.explained(LotId{"long gone"}, "fines", {{"Th-232", 80, "Bq/kg"}, {"U-238", 90, "cps"}, {"Xe-133", 7, "Bq/kg"}}), (std::vector{a, b}));
  EXPECT_EQ(ore.level(b, gamma::kThoriumSeries), 80);
  EXPECT_EQ(ore.level(b, gamma::kUraniumSeries), 20);
  EXPECT_EQ(ore.level(bare, gamma::kThoriumSeries), 10);
  EXPECT_EQ(ore.reference(a).mean[gamma::kThoriumSeries], 80 + 3 * 0.15 * 80);
  EXPECT_EQ(ore.explained(bare, "", {{"Th-232", 50, "Bq/kg"}}), (std::vector{bare}));
  EXPECT_EQ(ore.level(bare, gamma::kThoriumSeries), 50);
  EXPECT_EQ(ore.level(other, gamma::kThoriumSeries), 10) << "of no brand either, but another lot";
}

}  // namespace
}  // namespace beltwarden::inspect
