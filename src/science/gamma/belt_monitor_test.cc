#include "science/gamma/belt_monitor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "base/rng.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

constexpr double kStep = 0.2;

// A monitor of 1,500 cps over a belt at 3 m/s, 64 bins.
class Belt {
 public:
  Belt() {
    for (int i = 0; i <= 64; ++i) edges_.push_back(std::pow(std::sqrt(30.0) + (std::sqrt(3000.0) - std::sqrt(30.0)) * i / 64, 2));
    for (const char* nuclide : {"K-40", "U-238", "Th-232"}) natural_.push_back(shape(nuclide, bulk_ore_detector(), 1));
  }

  std::vector<double> shape(const char* nuclide, DetectorModel detector, double gain) const {
    std::vector<double> edges(edges_);
    for (double& e : edges) e /= gain;
    auto counts = *detector_response(nuclide, edges, detector);
    const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
    for (double& c : counts) c /= sum;
    return counts;
  }

  static double load(double t) { return t < 30 ? 0 : 250 + 60 * std::sin(t / 40) + (std::fmod(t, 200) > 150 ? -150 : 0); }

  // Rates of all bins without a source.
  std::vector<double> rates(double t, double ore) const {
    const Shadow shadow;
    std::vector<double> rates;
    for (std::size_t b = 0; b < 64; ++b) {
      const double around = 1500 * (0.4 * natural_[0][b] + 0.3 * natural_[1][b] + 0.3 * natural_[2][b]);
      const double own = ore * load(t) / 100 * (0.3 * natural_[0][b] + 0.3 * natural_[1][b] + 0.4 * natural_[2][b]);
      rates.push_back(around * shadow.left(std::sqrt(edges_[b] * edges_[b + 1]), load(t)) + own);
    }
    return rates;
  }
  const std::vector<double>& edges() const { return edges_; }

 private:
  std::vector<double> edges_;
  std::vector<std::vector<double>> natural_;
};

struct Source {
  const char* nuclide = nullptr;
  double at = 0, cps = 0;
};

struct Recorded {
  std::vector<double> time, load;
  std::vector<std::uint32_t> counts;
};

template <class Change>
Recorded record(const Belt& belt, std::uint64_t seed, double seconds, double ore, Source source, Change change) {
  Rng rng(seed);
  const auto shape = source.nuclide ? belt.shape(source.nuclide, {}, 1) : std::vector<double>(64, 0.0);
  Recorded r;
  for (double t = 0; t < seconds; t += kStep) {
    auto rates = belt.rates(t, ore);
    const double passing = source.cps * std::pow(1 + std::pow((t - source.at) / 0.65, 2), -1.5);
    r.time.push_back(t);
    r.load.push_back(Belt::load(t) * (1 + 0.01 * rng.normal()));
    const std::size_t from = r.counts.size();
    for (std::size_t b = 0; b < 64; ++b) r.counts.push_back(rng.poisson((rates[b] + passing * shape[b]) * kStep));
    change(t, std::span(r.counts).subspan(from), rng);
  }
  return r;
}

constexpr auto kNothing = [](double, std::span<std::uint32_t>, Rng&) {};

const Belt& belt() {
  static const Belt one;
  return one;
}

const BeltModel& model() {
  static const BeltModel tuned = [] {
    std::vector<BeltSeries> series;
    for (const auto& [seed, ore] : {std::pair{1, 20.0}, {2, 60.0}}) {
      auto recorded = std::make_shared<Recorded>(record(belt(), static_cast<std::uint64_t>(seed), 900, ore, {}, kNothing));
      series.push_back({"s", recorded->time.size(),
                        [recorded](std::size_t i) {
                          return BeltInterval{recorded->time[i], kStep, 3, recorded->load[i],
                                              std::span(recorded->counts).subspan(i * 64, 64)};
                        },
                        belt().edges()});
    }
    return *tune_belt(series, response_templates(), 0.5);
  }();
  return tuned;
}

std::vector<BeltEvent> run(const Recorded& r) {
  BeltMonitor monitor(model());
  std::vector<BeltEvent> events;
  std::vector<double> bins(64);
  for (std::size_t i = 0; i < r.time.size(); ++i) {
    for (std::size_t b = 0; b < 64; ++b) bins[b] = r.counts[i * 64 + b];
    for (auto& event : monitor.observe(r.time[i], kStep, 3, r.load[i], bins).events) events.push_back(std::move(event));
  }
  for (auto& event : monitor.finish()) events.push_back(std::move(event));
  return events;
}

TEST(BeltMonitor, LearnsTheBackgroundToCountingStatistics) {
  EXPECT_NEAR(model().background.deviance_per_bin, 1, 0.15);
  EXPECT_NEAR(model().background.anchor_gain, 1, 0.01);
}

TEST(BeltMonitor, NamesAPassingSource) {
  for (const char* nuclide : {"Cs-137", "Co-60", "Am-241"}) {
    const auto events = run(record(belt(), 11, 400, 40, {nuclide, 300, 600}, kNothing));
    std::string told;
    for (const auto& event : events)
      told += event.nuclide + " at " + std::to_string(event.peak_s) + " adding " + std::to_string(event.added_cps) + "; ";
    EXPECT_TRUE(std::any_of(events.begin(), events.end(), [&](const BeltEvent& event) {
      return event.kind == SourceKind::kArtificial && event.nuclide == nuclide && std::abs(event.peak_s - 300) < 2;
    })) << nuclide << ": " << told;
  }
}

TEST(BeltMonitor, OreFiveTimesAsActiveIsNoSource) {
  EXPECT_TRUE(run(record(belt(), 12, 600, 300, {}, kNothing)).empty());
}

TEST(BeltMonitor, AStuckSpectrumIsAFault) {
  std::vector<std::uint32_t> frozen;
  const auto events = run(record(belt(), 13, 400, 40, {}, [&](double t, std::span<std::uint32_t> row, Rng&) {
    if (t < 200 || t > 230) return;
    if (frozen.empty()) frozen.assign(row.begin(), row.end());
    std::copy(frozen.begin(), frozen.end(), row.begin());
  }));
  EXPECT_EQ(std::count_if(events.begin(), events.end(), [](const BeltEvent& event) {
    return event.over && event.kind == SourceKind::kFault && event.nuclide == "stuck" && std::abs(event.start_s - 200) < 1 &&
           std::abs(event.end_s - 230) < 1.5;
  }), 1);
}

TEST(BeltMonitor, OneDetectorOfFourLostIsAFault) {
  const auto events = run(record(belt(), 14, 400, 40, {}, [&](double t, std::span<std::uint32_t> row, Rng& rng) {
    if (t < 220 || t > 280) return;
    for (auto& count : row) {
      std::uint32_t kept = 0;
      for (std::uint32_t i = 0; i < count; ++i) kept += rng.uniform() < 0.75;
      count = kept;
    }
  }));
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), [](const BeltEvent& event) {
    return event.kind == SourceKind::kFault && event.nuclide == "dead" && std::abs(event.start_s - 220) < 3;
  }));
}

TEST(BeltMonitor, TextReadsBackToTheSameModel) {
  const std::string text = to_text(model());
  const auto again = belt_model_from_text(text, "test");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_text(*again), text);
  EXPECT_FALSE(belt_model_from_text("something else", "test"));
  EXPECT_FALSE(belt_model_from_text(text.substr(0, text.size() / 2), "test"));
}

TEST(BeltMonitor, TooLittleToTuneOnIsRefused) {
  EXPECT_FALSE(tune_belt({}, response_templates(), 0.5));
  EXPECT_FALSE(tune_belt({}, response_templates(), 0));
}

}  // namespace
}  // namespace beltwarden::gamma
