// Pictures that own their pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "science/vision/frame_analysis.h"

namespace beltwarden::vision {

/// 8-bit blue, green, red, row by row without gaps.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> bgr;

  ImageView view() const { return {bgr.data(), width, height, 3 * static_cast<std::ptrdiff_t>(width)}; }
  const std::uint8_t* at(int x, int y) const {
    return &bgr[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x))];
  }
};

/// Three planes of floats in 0 to 255, blue, green, red: what the generator of scenes paints on.
struct Canvas {
  int width = 0;
  int height = 0;
  std::vector<float> plane[3];

  Canvas() = default;
  Canvas(int w, int h) : width(w), height(h) {
    for (auto& p : plane) p.assign(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), 0.0f);
  }
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
  }
};

}  // namespace beltwarden::vision
