#include "science/gamma/detector_health.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace beltwarden::gamma {
namespace {

// Four detectors of `cps` each at `hertz`; `change` may alter what they count. What was told, with the reading it began at.
template <class Change>
std::vector<std::string> told_of(double cps, double hertz, int readings, Change change, int* suspicious = nullptr) {
  DetectorHealth health;
  Rng rng(7);
  std::vector<std::string> told;
  for (int t = 0; t < readings; ++t) {
    std::vector<double> rates;
    for (int d = 0; d < 4; ++d) rates.push_back(rng.poisson(cps / hertz) * hertz);
    bool electronic = false;
    change(t, rates, electronic);
    for (const auto& c : health.observe({rates, 1 / hertz, 1 / hertz, electronic}))
      told.push_back(std::to_string(c.detector) + " " + std::string(name_of(c.is)) + " " + std::to_string(t - c.readings_back));
    if (suspicious != nullptr && health.suspicious()) ++*suspicious;
  }
  return told;
}

TEST(DetectorHealth, StuckDeadAndNoisyAreTold) {
  const auto told = told_of(330, 1, 400, [](int t, std::vector<double>& cps, bool& electronic) {
    if (t >= 50 && t < 80) cps[1] = 344;
    if (t >= 150 && t < 180) cps[2] = 0;
    electronic = t >= 250 && t < 280;
    if (electronic) cps[3] = 1500 + t;
  });
  EXPECT_EQ(told, (std::vector<std::string>{"1 stuck 50", "1 none 80", "2 dead 150", "2 none 180", "3 noisy 250",
                                            "3 none 280"}));
}

TEST(DetectorHealth, CountingStatisticsAreNoFaultAndNoReasonForDoubt) {
  int suspicious = 0;                  // of 75 counts three equal ones running come once in 250 readings of four detectors
  EXPECT_TRUE(told_of(375, 5, 100'000, [](int, auto&, bool&) {}, &suspicious).empty());
  EXPECT_LE(suspicious, 3);
}

// A source of 20,000 cps passes one slab within a second, or lies beside it for a minute on a belt that stands.
TEST(DetectorHealth, ASourceBesideOneDetectorIsNoFaultAndNoReasonForDoubt) {
  for (const double seconds : {1.0, 60.0}) {
    for (const std::size_t slabs : {std::size_t{2}, std::size_t{4}}) {
      int suspicious = 0;
      const auto told = told_of(400, 5, 600, [&](int t, std::vector<double>& cps, bool&) {
        cps.resize(slabs);
        if (t >= 100 && t < 100 + 5 * seconds) cps[0] += 20'000;
      }, &suspicious);
      EXPECT_TRUE(told.empty()) << told.front() << " " << slabs;
      EXPECT_EQ(suspicious, 0) << slabs;
    }
  }
}

TEST(DetectorHealth, NoiseIsToldFromSourcesByItsShape) {
  std::vector<double> edges, expected, noise, americium, caesium;
  for (int i = 0; i <= 128; ++i) edges.push_back(std::pow(std::sqrt(30.0) + (std::sqrt(3000.0) - std::sqrt(30.0)) * i / 128, 2));
  const auto line = [](double e, double at, double sigma) { return std::exp(-0.5 * std::pow((e - at) / sigma, 2)) / sigma; };
  for (std::size_t b = 0; b < 128; ++b) {
    const double width = edges[b + 1] - edges[b], e = (edges[b] + edges[b + 1]) / 2;
    expected.push_back(3);
    noise.push_back(3 + 100 * width * std::exp(-(e - 30) / 12));
    americium.push_back(3 + 1000 * width * line(e, 59.5, 7));
    caesium.push_back(3 + 1000 * width * line(e, 662, 22) + 1 * width);
  }
  EXPECT_TRUE(electronic_excess(noise, expected, edges));
  EXPECT_FALSE(electronic_excess(americium, expected, edges));
  EXPECT_FALSE(electronic_excess(caesium, expected, edges));
  EXPECT_FALSE(electronic_excess(expected, expected, edges));
}

}  // namespace
}  // namespace beltwarden::gamma
