#include "science/spectra/averaging.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace beltwarden::spectra {
namespace {

TEST(Averaging, NeighboursThatOverlapAreWorthLess) {
  EXPECT_DOUBLE_EQ(effective_scans(10, 0), 10);
  // n = 2, r = 1/2: 2 / (1 + 2 * 1/2 * 1/2) = 4/3. n = 3: 3 / (1 + 2 (2/3 * 1/2 + 1/3 * 1/4)) = 18/11.
  EXPECT_NEAR(effective_scans(2, 0.5), 4.0 / 3, 1e-12);
  EXPECT_NEAR(effective_scans(3, 0.5), 18.0 / 11, 1e-12);
  EXPECT_NEAR(effective_scans(1000, 0.5), 1000 / 3.0, 1);      // (1 - r) / (1 + r)
}

TEST(Averaging, ComponentsOfVarianceByHand) {
  // Groups {1, 3} and {5, 7}: within 2 (4 squares of 1 on 2 degrees), between 2 * (2^2 + 2^2) = 16 on 1, n0 = 2: (16 - 2) / 2 = 7.
  const double v[] = {1, 3, 5, 7};
  const std::uint32_t g[] = {4, 4, 9, 9};
  const auto s = estimate_scatter(v, g).value();
  EXPECT_DOUBLE_EQ(s.scan, 2);
  EXPECT_DOUBLE_EQ(s.slice, 7);
  EXPECT_DOUBLE_EQ(s.std_error(1), 3);                          // sqrt(7 + 2)
  EXPECT_DOUBLE_EQ(s.std_error(8, 29), std::sqrt(7.25 / 29));
}

TEST(Averaging, RecoversWhatWasDrawn) {
  Rng rng(3);
  std::vector<double> v;
  std::vector<std::uint32_t> g;
  for (std::uint32_t slice = 0; slice < 400; ++slice) {
    const double level = rng.normal(60, 0.5);
    double ar = rng.normal();
    for (int k = 0; k < 10; ++k) {
      ar = 0.4 * ar + std::sqrt(1 - 0.16) * rng.normal();
      v.push_back(level + 0.8 * ar);
      g.push_back(slice);
    }
  }
  const auto s = estimate_scatter(v, g).value();
  EXPECT_NEAR(s.correlation, 0.4, 0.12);
  EXPECT_NEAR(std::sqrt(s.scan), 0.8, 0.06);
  EXPECT_NEAR(std::sqrt(s.slice), 0.5, 0.12);
}

TEST(Averaging, DetectionLimitOfCurrie) {
  // One sd either way at 5 % each: 3.29 s for a single scan with a sensitivity of one; 4 scans halve it where nothing else varies.
  Scatter s;
  s.scan = 1;
  EXPECT_NEAR(detection_limit(s, {}, 1, 1, 0.05, 0.05), 3.2897, 1e-4);
  EXPECT_NEAR(detection_limit(s, {.per_percent = 2}, 4, 1, 0.05, 0.05), 3.2897 / 4, 1e-4);
}

TEST(Averaging, BiasStaysHoweverMuchIsAveraged) {
  const Scatter s{.lot = 0.04, .slice = 0.09, .scan = 0.36};
  const auto p = std_errors(s, {.slice_tonnes = 50, .scans_per_slice = 9, .lot_tonnes = 170000});
  EXPECT_NEAR(p.slice, std::sqrt(0.04 + 0.09 + 0.04), 1e-12);
  EXPECT_NEAR(p.t500, std::sqrt(0.04 + 0.013), 1e-12);
  EXPECT_NEAR(p.lot, 0.2, 1e-3);
}

TEST(Averaging, RefusesWhatCannotBeSeparated) {
  const double v[] = {1, 2};
  const std::uint32_t own[] = {0, 1}, same[] = {0, 0};
  EXPECT_FALSE(estimate_scatter(v, own).ok());
  EXPECT_FALSE(estimate_scatter(v, same).ok());
}

}  // namespace
}  // namespace beltwarden::spectra
