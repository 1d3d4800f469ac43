#include "inspect/radioactivity.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "inspect/expected_ore.h"
#include "inspect/rim_models.h"
#include "inspect/test_line.h"
#include "material/intervals.h"
#include "science/gamma/response.h"
#include "wire/codec.h"

namespace beltwarden::inspect {
namespace {

using testing::Belt;
using testing::kLot;

// What is under the detectors for a second.
struct Second {
  double cs_cps = 0, ra_cps = 0;       // of sources
  std::array<double, 3> bq_per_kg{30, 12, 9};   // of the ore: K-40, U-238 and Th-232 series
  int stuck = -1;                      // detector that repeats what it counted first
  double cs_beside_one_cps = 0;        // of a source that the third detector alone sees
  double dead = 0;                     // share of the time
};

// Four detectors, 128 channels, 1 Hz.
class Spectrometer {
 public:
  Spectrometer() {
    for (int i = 0; i <= 128; ++i) edges_.push_back(30 + 8.0 * i + 0.12 * i * i);
    background_.assign(128, 0.0);
    for (const char* nuclide : {"K-40", "U-238", "Th-232"}) {
      const auto shape = shape_of(nuclide, gamma::bulk_ore_detector());
      for (std::size_t i = 0; i < 128; ++i) background_[i] += 430 * shape[i];
      ore_.push_back(shape);
    }
    caesium_ = shape_of("Cs-137", {.ore_cover_g_per_cm2 = 30});
    radium_ = shape_of("Ra-226", {});
  }

  material::GammaReading reading(Rng& rng, double load, const Second& now = {}) {
    material::GammaReading r;
    r.live_s = r.real_s = 1;
    r.calibration_kev = {30, 8, 0.12};
    r.counts.assign(128, 0);
    r.occupied = load > 0;
    const double left = 1 - 0.3 * (1 - std::exp(-load / 150));
    constexpr std::array<double, 3> kCps{0.155, 1.4, 1.7};           // for a Bq/kg at 100 kg/m
    auto rates = background_;
    for (std::size_t i = 0; i < 128; ++i) {
      rates[i] = left * rates[i] + now.cs_cps * caesium_[i] + now.ra_cps * radium_[i];
      for (std::size_t k = 0; k < 3; ++k) rates[i] += now.bq_per_kg[k] * kCps[k] * load / 100 * ore_[k][i];
    }
    for (int d = 0; d < 4; ++d) {
      std::vector<std::uint32_t> own;
      for (std::size_t i = 0; i < 128; ++i)
        own.push_back(rng.poisson((rates[i] / 4 + (d == 2 ? now.cs_beside_one_cps * caesium_[i] : 0)) * (1 - now.dead)));
      if (d == now.stuck) {
        if (frozen_.empty()) frozen_ = own;
        own = frozen_;
      }
      for (std::size_t i = 0; i < 128; ++i) r.counts[i] += own[i];
      r.detector_cps.push_back(std::accumulate(own.begin(), own.end(), 0.0) / std::max(1 - now.dead, 1e-3));
    }
    r.live_s = 1 - now.dead;
    return r;
  }

 private:
  std::vector<double> shape_of(const char* nuclide, const gamma::DetectorModel& detector) const {
    auto shape = *gamma::detector_response(nuclide, edges_, detector);
    const double sum = std::accumulate(shape.begin(), shape.end(), 0.0);
    for (double& s : shape) s /= sum;
    return shape;
  }
  std::vector<double> edges_, background_, caesium_, radium_;
  std::vector<std::vector<double>> ore_;
  std::vector<std::uint32_t> frozen_;
};

// A source that passes in three readings.
double passing(int second, int at) { return second == at ? 1 : std::abs(second - at) == 1 ? 0.25 : 0; }

struct Models {
  std::string radioactivity, weighing;
};

// Four runs of other ores than those that are judged.
const Models& models() {
  static const Models both = [] {
    Spectrometer spectrometer;
    Rng rng(1);
    const std::vector<std::array<double, 3>> ores{{80, 5, 12}, {10, 20, 6}, {40, 10, 18}, {25, 14, 4}};
    std::vector<std::vector<CleanGamma>> runs(ores.size());
    for (std::size_t r = 0; r < ores.size(); ++r) {
      for (int i = 0; i < 900; ++i) {
        const double load = i % 400 < 100 ? 0 : 225 + 60 * std::sin(i / 37.0);
        runs[r].push_back({spectrometer.reading(rng, load, {.bq_per_kg = ores[r]}), static_cast<double>(i), 4.5, load});
      }
    }
    const auto radioactivity = *fit_radioactivity_model(runs);
    return Models{radioactivity, *fit_weighing_model(runs, ores, radioactivity)};
  }();
  return both;
}

InspectorSources sources(bool weighing = true) {
  InspectorSources s;
  s.version = "demo@1#abc";
  s.model = [weighing](std::string_view name) -> std::string_view {
    if (name == "radioactivity") return models().radioactivity;
    return weighing && name == "radioactivity_weighing" ? models().weighing : std::string_view();
  };
  s.limits = {{"Th-232", "Bq/kg", 1000, 1.645, "", "IAEA GSR Part 3", true}, {"I_gamma", "1", 1, 1.645, "", "GB 6566-2010", false}};
  return s;
}

struct Run {
  std::vector<wire::Finding> said, suspects;
  double judged_t = 0;
};

// 2,000 t of one lot, half an hour. `change` says what is under the detectors; a reading in second s sees the tonnes
// about 1.111 (s + 1) - 11.25.
template <class Change>
Run run_gamma(Inspector& inspector, Change change) {
  Spectrometer spectrometer;
  Belt belt(inspector, 4000);
  Rng rng(9);
  for (int s = 0; belt.mark() < 2000; ++s) {
    belt.second();
    Second now;
    change(s, now);
    if (belt.mark() > 20)
      belt.see(spectrometer.reading(rng, 247, now), {Belt::interval(belt.mark() - 12, belt.mark() - 10.5)});
  }
  belt.close(2000, true);
  Run run{belt.said, {}, belt.judged_t};
  for (const auto& f : run.said) {
    if (f.verdict == wire::Verdict::kSuspect) run.suspects.push_back(f);
  }
  return run;
}

const wire::Measured* measured(const wire::Finding& finding, const std::string& name) {
  for (const auto& m : finding.measured) {
    if (m.name == name) return &m;
  }
  return nullptr;
}

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

// Three lots of thorium sand: an officer explains the first, of brand A. The next of that brand is as expected, brand B is not.
TEST(RadioactivityWatch, WhatIsExplainedAsNaturalOreIsExpectedOfItsBrandFromThenOn) {
  const auto raised_in = [](bool explains, const std::string& explained_brand = "A") {
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
