#include "science/gamma/belt_monitor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "base/rng.h"
#include "science/gamma/disturb.h"
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

TEST(BeltMonitor, NamesPassingSourcesOnceAndWhere) {
  for (const char* nuclide : {"Cs-137", "Co-60", "Am-241"}) {
    const auto events = run(record(belt(), 11, 400, 40, {nuclide, 300, 600}, kNothing));
    ASSERT_EQ(events.size(), 1U) << nuclide;
    EXPECT_EQ(events[0].nuclide, nuclide);
    EXPECT_EQ(events[0].kind, SourceKind::kArtificial);
    EXPECT_NEAR(events[0].peak_s, 300, 0.4);
    EXPECT_NEAR(events[0].added_cps, 600, 150);
    EXPECT_GT(events[0].confidence, 0.9);
  }
}

// It stands out for ten seconds on a belt where others take two: what its flanks count is no background.
TEST(BeltMonitor, ASourceAsStrongAsCanBePassesAndTeachesNothing) {
  const auto events = run(record(belt(), 11, 400, 40, {"Cs-137", 300, 60'000}, kNothing));
  ASSERT_EQ(events.size(), 1U) << events.back().nuclide << " " << events.back().start_s;
  EXPECT_EQ(events[0].nuclide, "Cs-137");
  EXPECT_NEAR(events[0].peak_s, 300, 0.4);
}

TEST(BeltMonitor, OreFiveTimesAsActiveIsNoSource) {
  EXPECT_TRUE(run(record(belt(), 12, 600, 300, {}, kNothing)).empty());
}

// Another batch, 60 % more active, comes from one second to the next.
TEST(BeltMonitor, AnotherBatchIsNoSource) {
  const auto recorded = [&] {
    auto first = record(belt(), 15, 300, 60, {}, kNothing);
    const auto second = record(belt(), 16, 600, 96, {}, kNothing);
    for (std::size_t i = first.time.size(); i < second.time.size(); ++i) {
      first.time.push_back(second.time[i]);
      first.load.push_back(second.load[i]);
      first.counts.insert(first.counts.end(), second.counts.begin() + static_cast<std::ptrdiff_t>(i * 64),
                          second.counts.begin() + static_cast<std::ptrdiff_t>(i * 64 + 64));
    }
    return first;
  }();
  EXPECT_TRUE(run(recorded).empty());
}

TEST(BeltMonitor, ANaturalAndAnArtificialSourceTogetherAreMixed) {
  const auto radium = belt().shape("Ra-226", {}, 1);
  const auto events = run(record(belt(), 17, 400, 40, {"Cs-137", 300, 1500}, [&](double t, std::span<std::uint32_t> row, Rng& rng) {
    const double passing = 2500 * std::pow(1 + std::pow((t - 300) / 0.65, 2), -1.5);
    for (std::size_t b = 0; b < row.size(); ++b) row[b] += rng.poisson(passing * radium[b] * kStep);
  }));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, SourceKind::kMixed);
  EXPECT_EQ(events[0].nuclide, "Cs-137");
  EXPECT_EQ(events[0].also, "Ra-226");
}

// Faults in one of four detectors, whose counts come summed.
std::vector<BeltEvent> with_fault(Disturbance what, double size, double from, double to, Source source = {}) {
  Disturber disturber(what, size, 4, belt().edges(), 5);
  return run(record(belt(), 14, 400, 40, source, [&](double t, std::span<std::uint32_t> row, Rng&) {
    if (t >= from && t < to) disturber.apply(t, kStep, row);
  }));
}

void expect_one_fault(const std::vector<BeltEvent>& events, const char* what, double from, double from_slack) {
  int begun = 0;
  for (const auto& event : events) {
    EXPECT_EQ(event.kind, SourceKind::kFault) << event.nuclide << " " << event.start_s;
    EXPECT_EQ(event.nuclide, what) << event.start_s;
    EXPECT_NEAR(event.start_s, from, from_slack);
    begun += !event.over;
  }
  EXPECT_EQ(begun, 1);
}

TEST(BeltMonitor, AStuckSpectrumIsAFaultAndNoSource) {
  std::vector<std::uint32_t> frozen;
  const auto events = run(record(belt(), 13, 400, 40, {}, [&](double t, std::span<std::uint32_t> row, Rng&) {
    if (t < 200 || t > 230) return;
    if (frozen.empty()) frozen.assign(row.begin(), row.end());
    std::copy(frozen.begin(), frozen.end(), row.begin());
  }));
  ASSERT_EQ(events.size(), 2U);   // it begins, it is over
  expect_one_fault(events, "stuck", 200, 1);
  EXPECT_NEAR(events[1].end_s, 230, 1.5);
}

TEST(BeltMonitor, OneDetectorOfFourStuckIsAFaultAndNoSource) {
  expect_one_fault(with_fault(Disturbance::kStuck, 0, 200, 260), "stuck", 200, 3);
}

TEST(BeltMonitor, OneDetectorOfFourLostAndBackIsAFaultAndNoSource) {
  expect_one_fault(with_fault(Disturbance::kDead, 0, 220, 280), "dead", 220, 3);
}

// Ore that counts three times as much as the surroundings: a quarter less of everything looks like another ore, but another ore
// comes no faster than an edge on the belt passes.
TEST(BeltMonitor, UnderHotOreADetectorIsLostAtOnceAndAnotherOreIsNot) {
  for (const auto& [detector, seed] : {std::pair{true, 14}, {true, 15}, {true, 16}, {true, 17}, {true, 18}, {true, 19}, {false, 14}, {false, 17}}) {
    Disturber dead(Disturbance::kDead, 0, 4, belt().edges(), 5);
    const auto events = run(record(belt(), static_cast<std::uint64_t>(seed), 340, 1400, {}, [&, lost = detector](double t, std::span<std::uint32_t> row, Rng& rng) {
      if (lost) {
        if (t >= 240 && t < 300) dead.apply(t, kStep, row);
        return;
      }
      const auto passed = [](double at) { return 0.5 * (1 + at / std::hypot(at, 0.6)); };
      const double left = 1 - 0.25 * (passed(t - 240) - passed(t - 300));
      for (auto& count : row) {
        std::uint32_t kept = 0;
        for (std::uint32_t i = 0; i < count; ++i) kept += rng.uniform() < left;
        count = kept;
      }
    }));
    // Ore thirty times hotter than any that the model knows may ring as natural; that is another matter.
    std::vector<BeltEvent> faults;
    for (const auto& event : events) {
      if (event.kind == SourceKind::kFault) faults.push_back(event);
      EXPECT_NE(event.kind, SourceKind::kArtificial) << event.nuclide << " " << event.start_s << " seed " << seed;
    }
    if (detector) {
      expect_one_fault(faults, "dead", 240, 3);
    } else {
      EXPECT_TRUE(faults.empty()) << faults[0].nuclide << " " << faults[0].start_s;
    }
  }
}

// The step explains neither what has passed half a second before it nor what passes half a second after it.
TEST(BeltMonitor, ASourceIsFoundInTheMomentWhenADetectorIsLost) {
  for (const auto& [at, ore, cps] : {std::tuple{239.5, 1400.0, 4000.0}, {240.5, 1400.0, 4000.0}, {239.5, 300.0, 400.0}, {240.5, 300.0, 400.0}}) {
    Disturber dead(Disturbance::kDead, 0, 4, belt().edges(), 5);
    const auto events = run(record(belt(), 14, 290, ore, {"Cs-137", at, cps}, [&](double t, std::span<std::uint32_t> row, Rng&) {
      if (t >= 240) dead.apply(t, kStep, row);
    }));
    const auto found = std::find_if(events.begin(), events.end(), [](const BeltEvent& e) { return e.kind == SourceKind::kArtificial; });
    ASSERT_NE(found, events.end()) << at << " s, " << cps << " cps";
    EXPECT_EQ(found->nuclide, "Cs-137");
    EXPECT_NEAR(found->peak_s, at, 0.6);
  }
}

TEST(BeltMonitor, ElectronicNoiseIsAFaultAndNoSource) {
  expect_one_fault(with_fault(Disturbance::kNoisy, 400, 220, 280), "noisy", 220, 6);
}

TEST(BeltMonitor, ASourceIsFoundBesideADetectorThatIsStuckOrNoisy) {
  for (const auto what : {Disturbance::kStuck, Disturbance::kNoisy}) {
    const auto events = with_fault(what, 400, 220, 330, {"Cs-137", 300, 600});
    int found = 0, begun = 0, over = 0;
    for (const auto& event : events) {
      if (event.kind == SourceKind::kFault) {
        EXPECT_EQ(event.nuclide, what == Disturbance::kStuck ? "stuck" : "noisy") << event.start_s;
        ++(event.over ? over : begun);
      } else {
        ++found;
        EXPECT_EQ(event.nuclide, "Cs-137");
        EXPECT_NEAR(event.peak_s, 300, 0.4);
      }
    }
    EXPECT_EQ(found, 1) << (what == Disturbance::kStuck ? "stuck" : "noisy");
    EXPECT_EQ(begun, 1);
    EXPECT_EQ(over, 1);
  }
}

TEST(BeltMonitor, AnEnergyScaleThatLeavesWhatCanBeFollowedIsAFault) {
  expect_one_fault(with_fault(Disturbance::kGain, -0.08, 0, 400), "drift", 140, 45);   // -7 % is crossed at 102 s; the scale is followed with a lag
}

TEST(BeltMonitor, ASourceIsFoundWhileTheEnergyScaleSwings) {
  const auto events = with_fault(Disturbance::kGain, 0.04, 0, 400, {"Cs-137", 300, 600});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].nuclide, "Cs-137");
  EXPECT_NEAR(events[0].peak_s, 300, 0.4);
}

// A high voltage that comes back otherwise: 2 % within five seconds, up and down.
TEST(BeltMonitor, AnEnergyScaleThatJumpsIsNoSourceAndIsFollowed) {
  for (const double size : {0.02, -0.02}) {
    EXPECT_TRUE(with_fault(Disturbance::kJump, size, 200, 400).empty()) << size;
    const auto events = with_fault(Disturbance::kJump, size, 200, 400, {"Cs-137", 225, 600});
    ASSERT_EQ(events.size(), 1U) << size;
    EXPECT_EQ(events[0].nuclide, "Cs-137");
  }
}

// A detector freezes; while it is frozen another becomes noisy and is well again: what the frozen one repeats stays expected.
TEST(BeltMonitor, FaultsThatOverlapDoNotWipeEachOther) {
  Disturber stuck(Disturbance::kStuck, 0, 4, belt().edges(), 5), noisy(Disturbance::kNoisy, 400, 4, belt().edges(), 6);
  const auto events = run(record(belt(), 14, 400, 40, {"Cs-137", 320, 600}, [&](double t, std::span<std::uint32_t> row, Rng&) {
    if (t >= 200 && t < 350) stuck.apply(t, kStep, row);
    if (t >= 230 && t < 280) noisy.apply(t, kStep, row);
  }));
  std::vector<std::string> told;
  for (const auto& event : events) told.push_back(event.nuclide + (event.over ? "" : " begins"));
  EXPECT_EQ(told, (std::vector<std::string>{"stuck begins", "noisy begins", "noisy", "Cs-137", "stuck"}));
}

// The scale says nothing for a second now and then, and then for a minute.
TEST(BeltMonitor, ALoadThatIsNotReadIsNoEmptyBelt) {
  const auto recorded = record(belt(), 11, 400, 40, {"Cs-137", 300, 600}, kNothing);
  BeltMonitor monitor(model());
  std::vector<BeltEvent> events;
  std::vector<double> bins(64);
  double held = 0;
  for (std::size_t i = 0; i < recorded.time.size(); ++i) {
    const double t = recorded.time[i];
    const bool known = (std::fmod(t, 20) > 0.5 || t < 60) && !(t > 200 && t < 260);
    if (known) held = recorded.load[i];
    const std::span<const std::uint32_t> row(recorded.counts.data() + i * 64, 64);
    std::copy(row.begin(), row.end(), bins.begin());
    for (auto& event : monitor.observe({t, kStep, 3, held, row, known}, bins).events) events.push_back(std::move(event));
  }
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].nuclide, "load");
  EXPECT_FALSE(events[0].over);
  EXPECT_NEAR(events[0].start_s, 200, 0.5);
  EXPECT_EQ(events[1].nuclide, "load");
  EXPECT_NEAR(events[1].end_s, 260, 1);
  EXPECT_EQ(events[2].nuclide, "Cs-137");
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
