#include "science/gamma/monitor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "science/gamma/detector_health.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

struct Extra {
  double cs = 0, co = 0, th = 0;  // cps
};

// A berth: 1,500 cps of surroundings, shielded by the belt's load, and ore that adds its own.
class Series {
 public:
  explicit Series(std::uint64_t seed, double ore_cps = 150) : rng_(seed), ore_cps_(ore_cps) {
    for (std::size_t i = 0; i <= 256; ++i) edges_.push_back(edge(i));
    k_ = shape("K-40", bulk_ore_detector());
    u_ = shape("U-238", bulk_ore_detector());
    th_ = shape("Th-232", bulk_ore_detector());
    cs_ = shape("Cs-137", {.ore_cover_g_per_cm2 = 30});
    co_ = shape("Co-60", {.ore_cover_g_per_cm2 = 30});
  }

  static double edge(std::size_t i) { return 30 + 3.0 * static_cast<double>(i) + 0.033 * static_cast<double>(i * i); }
  static Binning binning() { return Binning({30, 3, 0.033}, 256); }

  std::vector<std::uint32_t> counts(double load, double seconds, const Extra& extra = {}) {
    const double left = 1 - 0.3 * (1 - std::exp(-load / 150)), own = ore_cps_ * load / 250;
    std::vector<std::uint32_t> result;
    for (std::size_t i = 0; i < 256; ++i) {
      const double cps = 1500 * left * (0.4 * k_[i] + 0.3 * u_[i] + 0.3 * th_[i]) +
                         own * (0.3 * k_[i] + 0.4 * u_[i] + 0.3 * th_[i]) + extra.cs * cs_[i] + extra.co * co_[i] +
                         extra.th * th_[i];
      result.push_back(rng_.poisson(cps * seconds));
    }
    return result;
  }
  Rng& rng() { return rng_; }

 private:
  std::vector<double> shape(const char* nuclide, const DetectorModel& detector) const {
    auto response = *detector_response(nuclide, edges_, detector);
    double sum = 0;
    for (const double c : response) sum += c;
    for (double& c : response) c /= sum;
    return response;
  }
  Rng rng_;
  double ore_cps_;
  std::vector<double> edges_, k_, u_, th_, cs_, co_;
};

double wandering_load(int t) { return 250 + 40 * std::sin(t / 300.0) + 15 * std::sin(t / 17.0); }

const MonitorModel& model() {
  static const MonitorModel fitted = [] {
    std::vector<CleanReading> clean;
    const auto binning = Series::binning();
    for (int lot = -1; lot < 3; ++lot) {
      Series series(static_cast<std::uint64_t>(50 + lot), 120 + 40.0 * lot);
      for (int t = 0; t < 900; ++t) {
        const double load = lot < 0 ? 0 : wandering_load(t);
        const auto counts = series.counts(load, 1);
        clean.push_back({binning.windows(counts), binning.coarse(counts), 1, load, lot});
      }
    }
    return *fit_monitor(clean);
  }();
  return fitted;
}

const ShapeLibrary& shapes() {
  static const ShapeLibrary library = ShapeLibrary::make();
  return library;
}

// Runs `seconds` readings and returns every event; `extra` says what is added at each second.
template <class ExtraAt>
std::vector<ExcessEvent> run(std::uint64_t seed, int seconds, ExtraAt extra, double ore_cps = 150) {
  Series series(seed, ore_cps);
  const auto binning = Series::binning();
  LotMonitor monitor(model(), shapes());
  std::vector<ExcessEvent> events;
  for (int t = 0; t < seconds; ++t) {
    const double load = wandering_load(t);
    const auto counts = series.counts(load, 1, extra(t));
    const MonitorReading reading{
        static_cast<std::uint64_t>(t), static_cast<double>(t), 1, load * (1 + 0.004 * series.rng().normal()), 2,
        binning.windows(counts),       binning.coarse(counts)};
    if (auto result = monitor.observe(reading); result.event) events.push_back(*result.event);
  }
  if (auto last = monitor.finish()) events.push_back(*last);
  return events;
}

TEST(Monitor, QuietForThreeHoursOverChangingLoad) {
  EXPECT_TRUE(run(1, 10800, [](int) { return Extra{}; }).empty());
}

TEST(Monitor, ALotWithOtherActivityIsNotAnEvent) {
  EXPECT_TRUE(run(2, 3600, [](int) { return Extra{}; }, 60).empty());
  EXPECT_TRUE(run(3, 3600, [](int) { return Extra{}; }, 240).empty());
}

TEST(Monitor, APassingCaesiumSourceIsOneArtificialEvent) {
  const auto events = run(4, 1200, [](int t) {
    return Extra{.cs = t == 700 ? 300.0 : t == 699 || t == 701 ? 60.0 : 0.0};
  });
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].identification.kind, Identification::Kind::kArtificial);
  EXPECT_EQ(events[0].identification.nuclide, "Cs-137");
  EXPECT_GE(events[0].first_tag, 698U);
  EXPECT_LE(events[0].first_tag, 700U);
  EXPECT_GE(events[0].last_tag, 700U);
  EXPECT_LE(events[0].last_tag, 703U);
  EXPECT_EQ(events[0].peak_tag, 700U);
}

TEST(Monitor, CobaltIsNamed) {
  const auto events = run(5, 1200, [](int t) { return Extra{.co = t == 700 || t == 701 ? 300.0 : 0.0}; });
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].identification.nuclide, "Co-60");
}

TEST(Monitor, AThoriumPocketIsNaturalAndToldWhileItLasts) {
  const auto events = run(6, 2400, [](int t) { return Extra{.th = t >= 800 && t < 1100 ? 160.0 : 0.0}; });
  ASSERT_EQ(events.size(), 2U);  // after 40 readings, and when it is over
  EXPECT_FALSE(events[0].over);
  EXPECT_TRUE(events[1].over);
  for (const auto& event : events) {
    EXPECT_EQ(event.identification.kind, Identification::Kind::kNatural);
    EXPECT_EQ(event.identification.nuclide, "Th-232");
    EXPECT_NEAR(static_cast<double>(event.first_tag), 800, 5);
  }
  EXPECT_NEAR(static_cast<double>(events[1].last_tag), 1100, 6);
}

TEST(Identify, ScatteredRadiationAloneIsNotCalledNatural) {
  Rng rng(12);
  CoarseSpectrum observed{}, expected{};
  for (std::size_t b = 0; b < kCoarseBins; ++b) {
    const double energy = coarse_edge_kev(b);
    expected[b] = 400 * std::exp(-energy / 500);
    // what a thick shield leaves of a source of some hundred keV
    observed[b] = rng.poisson(expected[b] + (energy > 80 && energy < 400 ? 60.0 : 0.0));
  }
  EXPECT_NE(identify(observed, expected, shapes()).kind, Identification::Kind::kNatural);
}

TEST(Monitor, TextReadsBackToTheSameModel) {
  const auto again = monitor_from_text(to_text(model()), "test");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_text(*again), to_text(model()));
  EXPECT_FALSE(monitor_from_text("kind = 'beltwarden gamma monitor'\nversion = 2", "test"));
  auto text = to_text(model());
  text.replace(text.find("caesium_shape"), 13, "caesium_share");
  EXPECT_FALSE(monitor_from_text(text, "test"));
}

TEST(Monitor, FitRefusesTooLittle) {
  EXPECT_FALSE(fit_monitor({}));
  const std::vector<CleanReading> all_alike(1000, CleanReading{{}, {}, 1, 250, 0});
  EXPECT_FALSE(fit_monitor(all_alike));
}

TEST(DetectorHealth, StuckDeadAndNoisyAreTold) {
  DetectorHealth health;
  Rng rng(7);
  std::vector<std::string> told;
  for (int t = 0; t < 400; ++t) {
    std::vector<double> cps;
    for (int d = 0; d < 4; ++d) cps.push_back(rng.poisson(330));
    if (t >= 50 && t < 80) cps[1] = 344;
    if (t >= 150 && t < 180) cps[2] = 0;
    if (t >= 250 && t < 280) cps[3] = 1500 + rng.poisson(300);
    for (const auto& change : health.observe(cps, 1)) {
      told.push_back(std::to_string(change.detector) + " " + std::string(name_of(change.is)) + " " +
                     std::to_string(t - change.readings_back));
    }
  }
  EXPECT_EQ(told, (std::vector<std::string>{"1 stuck 50", "1 none 80", "2 dead 150", "2 none 180", "3 noisy 250",
                                            "3 none 280"}));
}

TEST(DetectorHealth, CountingStatisticsAreNoFault) {
  DetectorHealth health;
  Rng rng(8);
  for (int t = 0; t < 100000; ++t) {
    std::vector<double> cps;
    for (int d = 0; d < 4; ++d) cps.push_back(rng.poisson(330));
    EXPECT_TRUE(health.observe(cps, 1).empty());
  }
}

TEST(Windows, ChannelsAreSplitInProportion) {
  // channels of 100 keV from 0: the caesium window 590-735 takes 10 % of 500-600, all of 600-700 and 35 % of 700-800
  const Binning binning({0, 100, 0}, 30);
  std::vector<std::uint32_t> counts(30, 0);
  counts[5] = 1000;
  counts[6] = 1000;
  counts[7] = 1000;
  EXPECT_NEAR(binning.windows(counts)[kCaesium], 100 + 1000 + 350, 1e-9);
  EXPECT_NEAR(binning.windows(counts)[kGross], 3000, 1e-9);
}

}  // namespace
}  // namespace beltwarden::gamma
