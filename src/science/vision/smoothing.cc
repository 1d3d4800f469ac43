#include "science/vision/smoothing.h"

#include <algorithm>

namespace beltwarden::vision {

template <bool kVariance>
void BoxFilter::run(const std::uint8_t* plane, int width, int height, int side, float* mean, float* variance) {
  const int half = side / 2;
  const auto w = static_cast<std::size_t>(width);
  const auto pad = static_cast<std::size_t>(half);
  column_.assign(w + 2 * pad, 0);
  row_.resize(w);
  if constexpr (kVariance) {
    column_squares_.assign(w + 2 * pad, 0);
    row_squares_.resize(w);
  }
  inverse_width_.resize(w);
  for (int x = 0; x < width; ++x) {
    inverse_width_[static_cast<std::size_t>(x)] =
        1.0F / static_cast<float>(std::min(width - 1, x + half) - std::max(0, x - half) + 1);
  }
  const auto enter = [&](int y) {
    const std::uint8_t* in = plane + static_cast<std::ptrdiff_t>(y) * width;
    std::uint32_t* column = column_.data() + pad;
    for (std::size_t x = 0; x < w; ++x) column[x] += in[x];
    if constexpr (kVariance) {
      std::uint32_t* squares = column_squares_.data() + pad;
      for (std::size_t x = 0; x < w; ++x) squares[x] += static_cast<std::uint32_t>(in[x]) * in[x];
    }
  };
  const auto leave = [&](int y) {
    const std::uint8_t* in = plane + static_cast<std::ptrdiff_t>(y) * width;
    std::uint32_t* column = column_.data() + pad;
    for (std::size_t x = 0; x < w; ++x) column[x] -= in[x];
    if constexpr (kVariance) {
      std::uint32_t* squares = column_squares_.data() + pad;
      for (std::size_t x = 0; x < w; ++x) squares[x] -= static_cast<std::uint32_t>(in[x]) * in[x];
    }
  };
  for (int y = 0; y < std::min(half, height); ++y) enter(y);
  for (int y = 0; y < height; ++y) {
    if (y + half < height) enter(y + half);
    if (y - half - 1 >= 0) leave(y - half - 1);
    // Window by window offset: short loops over whole rows, which the compiler turns into vector code.
    const auto across = [&](const std::vector<std::uint32_t>& column, std::vector<std::uint32_t>& row) {
      const std::uint32_t* from = column.data();
      std::uint32_t* sum = row.data();
      for (std::size_t x = 0; x < w; ++x) sum[x] = from[x] + from[x + 1];
      for (int k = 2; k < side; ++k) {
        const std::uint32_t* shifted = from + k;
        for (std::size_t x = 0; x < w; ++x) sum[x] += shifted[x];
      }
    };
    across(column_, row_);
    const float inverse_height = 1.0F / static_cast<float>(std::min(height - 1, y + half) - std::max(0, y - half) + 1);
    float* out = mean + static_cast<std::ptrdiff_t>(y) * width;
    for (std::size_t x = 0; x < w; ++x) {
      out[x] = static_cast<float>(static_cast<std::int32_t>(row_[x])) * (inverse_width_[x] * inverse_height);
    }
    if constexpr (kVariance) {
      across(column_squares_, row_squares_);
      float* spread = variance + static_cast<std::ptrdiff_t>(y) * width;
      for (std::size_t x = 0; x < w; ++x) {
        const float squares =
            static_cast<float>(static_cast<std::int32_t>(row_squares_[x])) * (inverse_width_[x] * inverse_height);
        const float v = squares - out[x] * out[x];
        spread[x] = v > 0 ? v : 0;
      }
    }
  }
}

void BoxFilter::mean(const std::uint8_t* plane, int width, int height, int side, float* mean) {
  run<false>(plane, width, height, side, mean, nullptr);
}

void BoxFilter::mean_and_variance(const std::uint8_t* plane, int width, int height, int side, float* mean,
                                  float* variance) {
  run<true>(plane, width, height, side, mean, variance);
}

}  // namespace beltwarden::vision
