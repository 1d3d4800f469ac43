#include "inspect/radioactivity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "inspect/rim_models.h"
#include "inspect/test_line.h"
#include "material/intervals.h"
#include "science/gamma/response.h"
#include "wire/codec.h"

namespace beltwarden::inspect {
namespace {

using testing::Belt;
using testing::kLot;
using testing::sources;

// What is under the detectors for a second.
struct Second {
  double cs_cps = 0, ra_cps = 0;       // of sources
  int stuck = -1;                      // detector that repeats what it counted first
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
    for (int d = 0; d < 4; ++d) {
      std::vector<std::uint32_t> own;
      for (std::size_t i = 0; i < 128; ++i)
        own.push_back(rng.poisson((left * background_[i] + now.cs_cps * caesium_[i] + now.ra_cps * radium_[i]) / 4));
      if (d == now.stuck) {
        if (frozen_.empty()) frozen_ = own;
        own = frozen_;
      }
      for (std::size_t i = 0; i < 128; ++i) r.counts[i] += own[i];
      r.detector_cps.push_back(std::accumulate(own.begin(), own.end(), 0.0));
    }
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
  std::vector<std::uint32_t> frozen_;
};

// A source that passes in three readings.
double passing(int second, int at) { return second == at ? 1 : std::abs(second - at) == 1 ? 0.25 : 0; }

const std::string& gamma_model() {
  static const std::string model = [] {
    Spectrometer spectrometer;
    Rng rng(1);
    std::vector<std::vector<CleanGamma>> runs(2);
    for (auto& run : runs) {
      for (int i = 0; i < 1500; ++i) {
        const double load = i % 400 < 100 ? 0 : 225 + 60 * std::sin(i / 37.0);
        run.push_back({spectrometer.reading(rng, load), static_cast<double>(i), 4.5, load});
      }
    }
    return *fit_radioactivity_model(runs);
  }();
  return model;
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
  auto inspector = make_radioactivity(sources(gamma_model()));
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
  ASSERT_EQ(source.evidence.size(), 1U);
  EXPECT_TRUE(source.evidence[0].bytes.starts_with("{\"energy_kev\":["));
  EXPECT_EQ(source.evidence[0].digest, sha256(source.evidence[0].bytes));
  EXPECT_GT(run.judged_t, 1940);                                      // all but the first seconds
}

TEST(RadioactivityWatch, ANaturalSourceIsNotCalledArtificialAndAMixtureIs) {
  auto inspector = make_radioactivity(sources(gamma_model()));
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
  auto inspector = make_radioactivity(sources(gamma_model()));
  const auto stuck = [](int s, Second& now) { now.stuck = s > 500 && s < 1200 ? 2 : -1; };
  const auto run = run_gamma(**inspector, [&](int s, Second& now) {
    stuck(s, now);
    now.cs_cps = 350 * passing(s, 900);
  });
  ASSERT_EQ(run.suspects.size(), 2U);
  EXPECT_EQ(run.suspects[0].code, "detector_fault");
  EXPECT_EQ(run.suspects[0].label, "stuck");
  ASSERT_NE(measured(run.suspects[0], "detector"), nullptr);
  EXPECT_EQ(measured(run.suspects[0], "detector")->value, 3);
  EXPECT_NEAR(run.suspects[0].where.tonnes.from.value, 502 * 1.1111 - 12, 1.2);   // where it began, not where it was noticed
  EXPECT_EQ(run.suspects[1].label, "Cs-137");
  auto sound = make_radioactivity(sources(gamma_model()));
  const double whole = run_gamma(**sound, [](int, Second&) {}).judged_t;
  EXPECT_LT(run.judged_t, whole - 10);                               // what was learnt anew is not judged, twice
  EXPECT_GT(run.judged_t, whole - 60);
}

TEST(RadioactivityWatch, SpectraOfAnotherInstrumentAreNotJudged) {
  auto inspector = make_radioactivity(sources(gamma_model()));
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
  const auto first = run_gamma(**make_radioactivity(sources(gamma_model())), change).said;
  const auto second = run_gamma(**make_radioactivity(sources(gamma_model())), change).said;
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
  auto inspector = make_radioactivity(sources());
  ASSERT_TRUE(inspector);
  EXPECT_FALSE((*inspector)->info().fitted);
  EXPECT_TRUE(run_gamma(**inspector, [](int, Second& now) { now.cs_cps = 1000; }).said.empty());
  EXPECT_FALSE(make_radioactivity(sources("rubbish")));
}

}  // namespace
}  // namespace beltwarden::inspect
