#include "science/spectra/variance_components.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"

namespace beltwarden::spectra {
namespace {

TEST(VarianceComponents, ByHand) {
  // Groups {1, 3} and {5, 7}: within 2 (4 squares of 1 on 2 degrees), between 2 * (2^2 + 2^2) = 16 on 1, n0 = 2: (16 - 2) / 2 = 7.
  const double v[] = {1, 3, 5, 7};
  const std::uint32_t g[] = {4, 4, 9, 9};
  const auto s = variance_components(v, g).value();
  EXPECT_DOUBLE_EQ(s.within, 2);
  EXPECT_DOUBLE_EQ(s.between, 7);
}

TEST(VarianceComponents, RecoversWhatWasDrawn) {
  Rng rng(3);
  std::vector<double> v;
  std::vector<std::uint32_t> g;
  for (std::uint32_t slice = 0; slice < 400; ++slice) {
    const double level = rng.normal(60, 0.5);
    for (std::uint32_t k = 0; k < 6 + slice % 5; ++k) {
      v.push_back(level + rng.normal(0, 0.8));
      g.push_back(slice);
    }
  }
  const auto s = variance_components(v, g).value();
  EXPECT_NEAR(std::sqrt(s.within), 0.8, 0.04);
  EXPECT_NEAR(std::sqrt(s.between), 0.5, 0.08);
}

TEST(VarianceComponents, RefusesWhatCannotBeSeparated) {
  const double v[] = {1, 2};
  const std::uint32_t own[] = {0, 1}, same[] = {0, 0};
  EXPECT_FALSE(variance_components(v, own).ok());
  EXPECT_FALSE(variance_components(v, same).ok());
}

}  // namespace
}  // namespace beltwarden::spectra
