#include "science/vision/smoothing.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace beltwarden::vision {
namespace {

TEST(BoxFilter, MeansAndVariancesOfShrunkenWindows) {
  const std::vector<std::uint8_t> plane = {10, 20, 30,
                                           40, 50, 60};
  std::vector<float> mean(6), variance(6);
  BoxFilter filter;
  filter.mean_and_variance(plane.data(), 3, 2, 3, mean.data(), variance.data());
  EXPECT_FLOAT_EQ(mean[0], 30);     // 10 20 40 50
  EXPECT_FLOAT_EQ(mean[1], 35);     // all six
  EXPECT_FLOAT_EQ(mean[5], 40);     // 20 30 50 60
  EXPECT_FLOAT_EQ(variance[0], 250);
}

TEST(BoxFilter, LargeWindowsOnNoise) {
  constexpr int kWidth = 37, kHeight = 23;
  std::vector<std::uint8_t> plane(kWidth * kHeight);
  Rng rng(3);
  for (auto& p : plane) p = static_cast<std::uint8_t>(rng.below(256));
  std::vector<float> mean(plane.size());
  BoxFilter filter;
  for (const int side : {3, 5, 9}) {
    filter.mean(plane.data(), kWidth, kHeight, side, mean.data());
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        double sum = 0, count = 0;
        for (int v = std::max(0, y - side / 2); v <= std::min(kHeight - 1, y + side / 2); ++v) {
          for (int u = std::max(0, x - side / 2); u <= std::min(kWidth - 1, x + side / 2); ++u)
            sum += plane[v * kWidth + u], ++count;
        }
        ASSERT_NEAR(mean[y * kWidth + x], sum / count, 1e-3);
      }
    }
  }
}

}  // namespace
}  // namespace beltwarden::vision
