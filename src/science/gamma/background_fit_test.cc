#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include "base/rng.h"
#include "science/gamma/background_model.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

constexpr std::size_t kBins = 64;

std::vector<double> edges() {
  std::vector<double> all;
  for (std::size_t i = 0; i <= kBins; ++i)
    all.push_back(std::pow(std::sqrt(30.0) + (std::sqrt(3000.0) - std::sqrt(30.0)) * static_cast<double>(i) / kBins, 2));
  return all;
}

std::vector<double> shape(const char* nuclide) {
  auto counts = *detector_response(nuclide, edges(), bulk_ore_detector());
  const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
  for (double& c : counts) c /= sum;
  return counts;
}

// Share of the 1,461 keV line.
double line_share(const std::vector<double>& shape) {
  double line = 0, all = 0;
  for (std::size_t b = 0; b < kBins; ++b) {
    const double middle = (edges()[b] + edges()[b + 1]) / 2;
    all += shape[b];
    if (middle > 1370 && middle < 1560) line += shape[b];
  }
  return line / all;
}

// Ores of which little is potassium, by series and by minute more or less of each: `cps` of K, U and Th at 100 kg/m.
BeltSeries ores(std::uint64_t seed, std::array<double, 3> cps) {
  auto counts = std::make_shared<std::vector<std::uint32_t>>();
  auto load = std::make_shared<std::vector<double>>();
  Rng rng(seed);
  const std::array around = {shape("K-40"), shape("Ra-226"), shape("Th-232")};
  std::array<double, 3> batch{};
  constexpr std::size_t kSeconds = 900;
  for (std::size_t t = 0; t < kSeconds; ++t) {
    if (t % 60 == 0) {
      for (std::size_t o = 0; o < 3; ++o) batch[o] = cps[o] * std::exp(0.15 * rng.normal());
    }
    load->push_back(t % 200 < 40 ? 0 : 250 + 80 * std::sin(static_cast<double>(t) / 25));
    for (std::size_t b = 0; b < kBins; ++b) {
      double rate = 1500 * Shadow{}.left(std::sqrt(edges()[b] * edges()[b + 1]), load->back()) *
                    (0.5 * around[0][b] + 0.25 * around[1][b] + 0.25 * around[2][b]);
      for (std::size_t o = 0; o < 3; ++o) rate += batch[o] * load->back() / 100 * around[o][b];
      counts->push_back(static_cast<std::uint32_t>(rng.poisson(rate)));
    }
  }
  return {"s", kSeconds,
          [counts, load](std::size_t i) {
            return BeltInterval{static_cast<double>(i), 1, 3, (*load)[i], std::span(*counts).subspan(i * kBins, kBins)};
          },
          edges()};
}

// Uranium and thorium must not pass for potassium where little of it ran: later ore that is rich in it would look like nothing known.
TEST(BackgroundFit, PotassiumKeepsItsLineWhereLittleOfItRan) {
  const std::vector<BeltSeries> series = {ores(1, {3, 30, 40}), ores(2, {4, 25, 35}), ores(3, {3, 60, 80}), ores(4, {5, 25, 30})};
  const auto model = fit_background(series, response_templates());
  ASSERT_TRUE(model);
  const double truth = line_share(shape("K-40"));
  EXPECT_NEAR(line_share(model->ore[kPotassiumSeries]), truth, 0.3 * truth);
  EXPECT_LT(line_share(model->ore[kThoriumSeries]), 0.4 * truth);
  EXPECT_LT(model->deviance_per_bin, 1.05);   // the freedom of its shapes takes it below 1
}

}  // namespace
}  // namespace beltwarden::gamma
