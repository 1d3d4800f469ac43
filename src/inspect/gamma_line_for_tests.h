// A gamma monitor over a belt of ore for tests: what passes under it is synthetic, second by second.
#pragma once

#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "base/rng.h"
#include "inspect/radioactivity.h"
#include "inspect/rim_models.h"
#include "inspect/test_line.h"
#include "science/gamma/response.h"

namespace beltwarden::inspect::gamma_test {

using testing::Belt;

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
inline double passing(int second, int at) { return second == at ? 1 : std::abs(second - at) == 1 ? 0.25 : 0; }

struct Models {
  std::string radioactivity, weighing;
};

// Four runs of other ores than those that are judged.
inline const Models& models() {
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

inline InspectorSources sources(bool weighing = true) {
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
Run run_gamma(Inspector& inspector, Change change, std::uint64_t seed = 9) {
  Spectrometer spectrometer;
  Belt belt(inspector, 4000);
  Rng rng(seed);
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

inline const wire::Measured* measured(const wire::Finding& finding, const std::string& name) {
  for (const auto& m : finding.measured) {
    if (m.name == name) return &m;
  }
  return nullptr;
}

}  // namespace beltwarden::inspect::gamma_test
