// Development series for the belt monitor, made the way the belt benchmark says that its own were made: a real survey's
// spectra as surroundings behind a load, ore that glows, radon, an energy scale that drifts, Poisson counts, and sources
// from a table of templates that pass by. Other seeds and other surveys than the benchmark's: methods are chosen on these.
// usage: gamma_series SURVEY.csv[.gz] COMPONENTS.csv TEMPLATES.csv OUT_FOLDER PREFIX SERIES INJECTED(0|1) SEED MOST_GAIN
// Writes PREFIXnn.csv with its JSON, and with sources PREFIX_truth.csv (series,start_s,end_s,nuclide,peak_cps).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numbers>
#include <numeric>
#include <sstream>

#include "apps/lab/files.h"
#include "apps/lab/gamma/csv_table.h"
#include "apps/lab/gamma/series_files.h"
#include "base/rng.h"
#include "science/gamma/energy_grid.h"
#include "science/gamma/source_templates.h"

namespace beltwarden {
namespace {

constexpr double kStep_s = 0.2, kLength_s = 1800, kAmbientCps = 1700, kShadow = 0.4;
constexpr std::size_t kSurveyRows = 240, kIntervals = 9000;
constexpr std::array<double, 3> kCpsPerBqPerKg = {0.155, 1.40, 1.70};
constexpr std::array<int, 6> kLevels = {80, 120, 180, 270, 400, 600};

struct OreKind {
  const char* name;
  double k[2], u[2], th[2];
};
constexpr OreKind kOres[] = {{"iron", {25, 100}, {6, 25}, {5, 23}},
                             {"coal", {50, 430}, {11, 45}, {14, 35}},
                             {"copper", {330, 890}, {19, 105}, {14, 37}},
                             {"bauxite", {20, 100}, {90, 245}, {115, 390}}};

using Shape = std::vector<double>;

struct World {
  Shape edges;
  std::array<Shape, 3> ore;
  Shape mu;
  Shape survey_edges;
  std::vector<Shape> survey;
  gamma::TemplateLibrary library;
};

Shape unit(Shape shape) {
  const double sum = std::accumulate(shape.begin(), shape.end(), 0.0);
  for (double& v : shape) v /= sum;
  return shape;
}

Shape place(const World& world, Rng& rng) {
  const std::size_t from = rng.below(world.survey.size() - kSurveyRows);
  Shape sum(world.survey[0].size(), 0.0), bins(world.edges.size() - 1);
  for (std::size_t i = 0; i < kSurveyRows; ++i) {
    for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += world.survey[from + i][c];
  }
  gamma::Fold(world.survey_edges, world.edges).apply(std::span<const double>(sum), bins);
  return unit(bins);
}

// Load and speed over time: empty, full, surges, gaps, ramps, stops.
void belt(Rng& rng, std::vector<double>& load, std::vector<double>& speed) {
  const double nominal_speed = rng.uniform(2, 5), nominal = rng.uniform(150, 480);
  double wander = 0;
  while (load.size() < kIntervals) {
    const double kind = load.empty() ? 0 : rng.uniform();
    double target = nominal, seconds = rng.uniform(20, 90), pace = rng.uniform(0.5, 2), v = nominal_speed;
    if (kind < 0.12) {
      target = 0, seconds = rng.uniform(10, 50);
    } else if (kind < 0.30) {
      target = nominal * rng.uniform(0.1, 0.4), seconds = rng.uniform(3, 12);
    } else if (kind < 0.50) {
      target = nominal * rng.uniform(1.2, 1.6), seconds = rng.uniform(3, 15);
    } else if (kind < 0.58) {
      pace = rng.uniform(15, 60);
    } else if (kind < 0.63) {
      v = 0, seconds = rng.uniform(8, 30);
    }
    for (double t = 0; t < seconds && load.size() < kIntervals; t += kStep_s) {
      const double before = load.empty() ? 0 : load.back();
      if (v > 0) wander += -wander * kStep_s / 8 + rng.normal() * 0.07 * std::sqrt(2 * kStep_s / 8);
      const double wanted = std::max(0.0, target * (1 + wander));
      load.push_back(v > 0 ? before + (wanted - before) * (1 - std::exp(-kStep_s / pace * 2)) : before);
      speed.push_back(v);
    }
  }
}

struct Encounter {
  double at = 0, h_s = 1, cps = 0;
  const gamma::SourceTemplate* source = nullptr;
};

void make(const World& world, const std::string& folder, const std::string& name, bool injected, double most_gain, Rng& rng,
          std::string& truth) {
  std::vector<double> load, speed;
  belt(rng, load, speed);
  const Shape first = place(world, rng), second = place(world, rng);
  const OreKind& kind = kOres[rng.below(std::size(kOres))];
  const std::array<double, 3> mean = {rng.uniform(kind.k[0], kind.k[1]), rng.uniform(kind.u[0], kind.u[1]), rng.uniform(kind.th[0], kind.th[1])};
  std::array<double, 3> batch{}, next = {1, 1, 1}, wander{};
  double next_batch_s = 0;
  const double rain_s = rng.uniform() < 0.2 ? rng.uniform(200, 1200) : 1e9, rain_cps = rng.uniform(0.06, 0.25) * kAmbientCps,
               rise_s = rng.uniform(60, 200);
  const double phase = rng.uniform(0, 6.283), period = rng.uniform(700, 2500), level_phase = rng.uniform(0, 6.283),
               level_period = rng.uniform(300, 900), place_phase = rng.uniform(0, 6.283), offset = rng.uniform(-0.5, 0.5) * most_gain;
  std::vector<Encounter> encounters;
  if (injected) {
    // Six nuclides and six levels, all alike often: 36 cells, of which a series gets 24 in turn.
    static std::size_t turn = 0;
    std::vector<std::size_t> cells(24);
    for (auto& cell : cells) cell = turn++ % 36;
    for (std::size_t i = cells.size(); i > 1; --i) std::swap(cells[i - 1], cells[rng.below(i)]);
    constexpr const char* kNuclides[] = {"Cs-137", "Co-60", "Am-241", "Ir-192", "Ra-226", "I-131"};
    double t = 60;
    for (std::size_t i = 0; i < cells.size() && t < kLength_s - 30; ++i) {
      t += rng.uniform(20, 75);
      const auto fits = [&](double when) {
        for (double s = when - 3; s < when + 3; s += kStep_s) {
          const auto j = static_cast<std::size_t>(s / kStep_s);
          if (j >= kIntervals || !(speed[j] > 0) || load[j] < 30) return false;
        }
        return true;
      };
      while (t < kLength_s - 30 && !fits(t)) t += 1;
      if (t >= kLength_s - 30) break;
      const std::string nuclide = kNuclides[cells[i] % 6];
      const bool shields = nuclide == "Cs-137" || nuclide == "Ir-192" || nuclide == "Ra-226" || nuclide == "I-131";
      const std::string shielding = shields && rng.uniform() < 0.4 ? "Shielded" : "Unshielded";
      Encounter one;
      one.at = t + rng.uniform(0, kStep_s);
      const double dwell = std::clamp(rng.uniform(2.8, 4.0) / speed[static_cast<std::size_t>(t / kStep_s)], 0.5, 2.0);
      one.h_s = dwell / 1.5328;
      one.cps = kLevels[cells[i] / 6];
      for (const auto& source : world.library.templates) {
        if (source.nuclide == nuclide && source.shielding == shielding) one.source = &source;
      }
      if (one.source == nullptr) continue;
      char line[120];
      std::snprintf(line, sizeof line, "%s,%.2f,%.2f,%s,%.0f\n", name.c_str(), one.at - dwell / 2, one.at + dwell / 2, nuclide.c_str(), one.cps);
      truth += line;
      encounters.push_back(one);
    }
  }
  const std::size_t bins = world.edges.size() - 1;
  std::string csv = "t,live,speed_mps,load_kg_per_m";
  for (std::size_t c = 0; c < bins; ++c) csv += ",c" + std::to_string(c);
  csv += '\n';
  std::array<Shape, 3> ore;
  Shape around, rate(bins), added;
  double shaped_s = -1e9, gain = 1;
  const Encounter* last = nullptr;
  Shape source_shape;
  for (std::size_t i = 0; i < kIntervals; ++i) {
    const double t = static_cast<double>(i) * kStep_s;
    if (t >= next_batch_s) {
      next_batch_s = t + rng.uniform(120, 500);
      for (double& n : next) n = std::exp(rng.normal() * 0.13);
      if (i == 0) batch = next;
    }
    for (std::size_t o = 0; o < 3; ++o) {
      if (speed[i] > 0) batch[o] += (next[o] - batch[o]) * kStep_s / 2;
      if (speed[i] > 0) wander[o] += -wander[o] * kStep_s / 40 + rng.normal() * 0.04 * std::sqrt(2 * kStep_s / 40);
    }
    if (t - shaped_s >= 1) {
      shaped_s = t;
      gain = 1 + offset + (most_gain - std::abs(offset)) * std::sin(2 * std::numbers::pi * t / period + phase);
      const double mix = 0.25 * (1 + std::sin(2 * std::numbers::pi * t / 1800 + place_phase));
      around = first;
      for (std::size_t b = 0; b < bins; ++b) around[b] += mix * (second[b] - first[b]);
      around = gamma::stretched(around, world.edges, gain);
      for (std::size_t o = 0; o < 3; ++o) ore[o] = gamma::stretched(world.ore[o], world.edges, gain);
      last = nullptr;
    }
    const double level = kAmbientCps * (1 + 0.025 * std::sin(2 * std::numbers::pi * t / level_period + level_phase));
    const double radon = t < rain_s ? 0 : rain_cps * (1 - std::exp(-(t - rain_s) / rise_s)) * std::exp2(-(t - rain_s) / 1800);
    double all = 0;
    for (std::size_t b = 0; b < bins; ++b) {
      const double left = 1 - kShadow * (1 - std::exp(-world.mu[b] * load[i] / 10));
      rate[b] = left * (level * around[b] + radon * ore[1][b]);
      for (std::size_t o = 0; o < 3; ++o)
        rate[b] += kCpsPerBqPerKg[o] * mean[o] * batch[o] * (1 + wander[o]) * load[i] / 100 * ore[o][b];
    }
    for (const Encounter& one : encounters) {
      if (std::abs(t + kStep_s / 2 - one.at) > 8 * one.h_s) continue;
      if (last != &one) source_shape = world.library.shape(*one.source, world.edges, gain), last = &one;
      double profile = 0;
      for (const double part : {-0.4, -0.2, 0.0, 0.2, 0.4}) {
        const double x = (t + kStep_s * (0.5 + part) - one.at) / one.h_s;
        profile += std::pow(1 + x * x, -1.5) / 5;
      }
      for (std::size_t b = 0; b < bins; ++b) rate[b] += one.cps * profile * source_shape[b];
    }
    for (const double r : rate) all += r;
    const double live = kStep_s * (1 - all / 4 * 8e-6);
    char head[120];
    std::snprintf(head, sizeof head, "%.1f,%.4f,%.2f,%.1f", t, live, speed[i] > 0 ? speed[i] + 0.025 * rng.normal() : 0.0,
                  std::max(0.0, load[i] * (1 + 0.015 * rng.normal()) + 0.4 * rng.normal()));
    csv += head;
    for (const double r : rate) csv += ',' + std::to_string(rng.poisson(std::max(r, 0.0) * live));
    csv += '\n';
  }
  std::ofstream(folder + "/" + name + ".csv") << csv;
  std::ofstream json(folder + "/" + name + ".json");
  json.precision(10);
  json << "{\"energy_edges_kev\":[";
  for (std::size_t i = 0; i < world.edges.size(); ++i) json << (i ? "," : "") << world.edges[i];
  json << "]}\n";
}

int run(char** argv) {
  World world;
  auto components = lab::read_table(argv[2], {"e_low_keV", "e_high_keV", "k40", "u238", "th232", "ore_mu_cm2_per_g"});
  auto survey = lab::load_series(argv[1]);
  auto text = lab::read_input(argv[3]);
  if (!components || !survey || !text) return std::fputs("expected a survey, components and templates\n", stderr), 1;
  for (const auto& row : *components) {
    world.edges.push_back(std::strtod(row.at("e_low_keV").c_str(), nullptr));
    constexpr const char* kShapes[] = {"k40", "u238", "th232"};
    for (std::size_t o = 0; o < 3; ++o) world.ore[o].push_back(std::strtod(row.at(kShapes[o]).c_str(), nullptr));
    world.mu.push_back(std::strtod(row.at("ore_mu_cm2_per_g").c_str(), nullptr));
  }
  world.edges.push_back(std::strtod(components->back().at("e_high_keV").c_str(), nullptr));
  world.survey_edges = survey->energy_edges_kev;
  for (std::size_t i = 0; i < survey->size(); ++i) {
    world.survey.emplace_back(survey->row(i).begin(), survey->row(i).end());
    world.survey.back().back() = 0;   // all that lies above the range
  }
  auto library = gamma::templates_from_table(*text, argv[3]);
  if (!library) return 1;
  world.library = std::move(*library);
  const bool injected = argv[7][0] == '1';
  const int series = std::atoi(argv[6]);
  std::string truth = "series,start_s,end_s,nuclide,peak_cps\n";
  for (int s = 0; s < series; ++s) {
    Rng rng(std::strtoull(argv[8], nullptr, 10), static_cast<std::uint64_t>(s));
    char name[80];
    std::snprintf(name, sizeof name, "%s%02d", argv[5], s + 1);
    make(world, argv[4], name, injected, std::atof(argv[9]), rng, truth);
  }
  if (injected) std::ofstream(std::string(argv[4]) + "/" + argv[5] + "_truth.csv") << truth;
  return 0;
}

}  // namespace
}  // namespace beltwarden

int main(int argc, char** argv) {
  if (argc != 10) return std::fputs("usage: gamma_series SURVEY COMPONENTS TEMPLATES OUT PREFIX SERIES INJECTED SEED MOST_GAIN\n", stderr), 2;
  return beltwarden::run(argv);
}
