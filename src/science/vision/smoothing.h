// Box means and local deviations of 8-bit planes, made for small windows on small pictures.
#pragma once

#include <cstdint>
#include <vector>

namespace beltwarden::vision {

/// Running sums over a square window of `side` (odd) pixels, shrunk at the picture's borders. Buffers are kept between
/// calls.
class BoxFilter {
 public:
  /// `mean` receives width x height values.
  void mean(const std::uint8_t* plane, int width, int height, int side, float* mean);

  /// Mean and variance in one pass; either may not be null.
  void mean_and_variance(const std::uint8_t* plane, int width, int height, int side, float* mean, float* variance);

 private:
  template <bool kVariance>
  void run(const std::uint8_t* plane, int width, int height, int side, float* mean, float* variance);

  std::vector<std::uint32_t> column_, column_squares_;  // padded by half a window on both sides
  std::vector<std::uint32_t> row_, row_squares_;
  std::vector<float> inverse_width_;
};

}  // namespace beltwarden::vision
