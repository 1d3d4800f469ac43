#include "science/gamma/spectrum_identify.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {

// A spectrum of another detector than the templates': 9 % resolution, a scale that is 1 % off, 1,000 channels of 3 keV.
struct Spectrum {
  std::vector<double> edges, counts = std::vector<double>(1000, 0.0);
  Spectrum() {
    for (int i = 0; i <= 1000; ++i) edges.push_back(3.0 * i);
  }
  void add(const char* nuclide, double n, std::uint64_t seed, DetectorModel detector = {}) {
    detector.resolution_662 = 0.09;
    std::vector<double> true_edges(edges);
    for (double& e : true_edges) e /= 1.01;
    const auto shape = *detector_response(nuclide, true_edges, detector);
    const double sum = std::accumulate(shape.begin(), shape.end(), 0.0);
    Rng rng(seed);
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += rng.poisson(n * shape[i] / sum);
  }
};

NamedSpectrum named(const Spectrum& spectrum, std::span<const double> background = {}) {
  return *name_spectrum(spectrum.counts, spectrum.edges, background, response_templates());
}

// Simulated with our own response model: that the names come through another resolution and scale, not how real detectors fare.
TEST(NameSpectrum, TheTwelveNuclidesOfAPort) {
  for (const char* nuclide : {"Am-241", "Cs-137", "Co-60", "Ir-192", "I-131", "Se-75", "Ba-133", "Eu-152", "Ra-226", "Th-232", "K-40", "U-238"}) {
    Spectrum spectrum;
    spectrum.add(nuclide, 40'000, 3);
    const auto result = named(spectrum);
    ASSERT_FALSE(result.nuclides.empty()) << nuclide;
    // Uranium ore shines by its radium; nobody tells the two apart with sodium iodide.
    EXPECT_EQ(result.nuclides[0].nuclide, std::string(nuclide) == "U-238" ? "Ra-226" : nuclide);
    EXPECT_GT(result.nuclides[0].confidence, 0.9) << nuclide;
    EXPECT_NEAR(result.gain, 1.01, 0.011) << nuclide;
  }
}

TEST(NameSpectrum, ASourceBesideItsSurroundingsIsNamedFirstWhetherTheyAreTakenOffOrNot) {
  Spectrum both, alone;
  for (const char* nuclide : {"K-40", "Ra-226", "Th-232"}) both.add(nuclide, 5'000, 5, bulk_ore_detector()), alone.add(nuclide, 5'000, 6, bulk_ore_detector());
  both.add("Am-241", 60'000, 7);
  for (const bool taken_off : {false, true}) {
    const auto result = named(both, taken_off ? std::span<const double>(alone.counts) : std::span<const double>());
    ASSERT_FALSE(result.nuclides.empty());
    EXPECT_EQ(result.nuclides[0].nuclide, "Am-241");
    EXPECT_GT(result.nuclides[0].confidence, 0.8);   // .39 where the surroundings' peaks counted as doubt about the source
  }
  for (const auto& one : named(alone).nuclides) EXPECT_TRUE(one.natural) << one.nuclide;
}

// Bremsstrahlung, or a source that thick shields have left no line of: smooth, whatever its slope, with a discriminator or without.
TEST(NameSpectrum, ASmoothSpectrumHasNoName) {
  for (const double slope_kev : {60.0, 100.0, 200.0, 400.0}) {
    for (const double n : {1e4, 1e5, 1e6}) {
      for (const double from_kev : {0.0, 40.0}) {
        Spectrum spectrum;
        Rng rng(17);
        double sum = 0;
        const auto density = [&](std::size_t i) {
          const double kev = 3.0 * static_cast<double>(i) + 1.5;
          return kev < from_kev ? 0 : std::exp(-kev / slope_kev);
        };
        for (std::size_t i = 0; i < 1000; ++i) sum += density(i);
        for (std::size_t i = 0; i < 1000; ++i) spectrum.counts[i] = rng.poisson(n * density(i) / sum);
        const auto result = named(spectrum);
        EXPECT_TRUE(result.nuclides.empty()) << slope_kev << " keV, " << n << " counts from " << from_kev << " keV: " << result.nuclides[0].nuclide << " "
                                             << result.nuclides[0].confidence;
      }
    }
  }
}

TEST(NameSpectrum, WhatDoesNotFitIsRefused) {
  const std::vector<double> counts(20, 1.0), edges(20, 1.0);
  EXPECT_EQ(name_spectrum(counts, edges, {}, {}).error().message, "spectrum: expected at least 16 channels and one edge more, found 20");
  EXPECT_FALSE(name_spectrum(std::vector<double>(16, 1.0), std::vector<double>(17, 1.0), {}, {}));   // energies that do not rise
}

}  // namespace
}  // namespace beltwarden::gamma
