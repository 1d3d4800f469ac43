// Sums over the pixels of one candidate, and what they make of it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "science/vision/frame_analysis.h"
#include "science/vision/ore_background.h"

namespace beltwarden::vision {

/// Gathered pixel by pixel from the averaged picture.
struct ShapeSums {
  int pixels = 0;
  int rim_pixels = 0;
  int inner_pixels = 0;
  int left = 1 << 30, right = -1, top = 1 << 30, bottom = -1;
  double sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0, sum_yy = 0;
  std::array<double, 3> sum_lab{}, sum_lab_squared{};
  double sum_distance = 0, sum_deviation = 0, sum_inner_deviation = 0;
  int bright = 0;
  float peak = 0;

  /// `inner`: so far from the candidate's rim that the local deviation is its own.
  void add(int x, int y, bool rim, bool inner, const std::uint8_t* lab, float distance, float deviation) {
    ++pixels;
    rim_pixels += rim;
    left = std::min(left, x);
    right = std::max(right, x);
    top = std::min(top, y);
    bottom = std::max(bottom, y);
    sum_x += x;
    sum_y += y;
    sum_xx += static_cast<double>(x) * x;
    sum_xy += static_cast<double>(x) * y;
    sum_yy += static_cast<double>(y) * y;
    for (std::size_t p = 0; p < 3; ++p) {
      sum_lab[p] += lab[p];
      sum_lab_squared[p] += static_cast<double>(lab[p]) * lab[p];
    }
    sum_distance += distance;
    sum_deviation += deviation;
    inner_pixels += inner;
    if (inner) sum_inner_deviation += deviation;
    bright += lab[0] >= 230;
    peak = std::max(peak, distance);
  }

  /// `factor`: pixels of the picture per pixel of the averaged one; `mm_per_px`: of the averaged one.
  Candidate candidate(int factor, double mm_per_px, const OreBackground& background) const;
};

}  // namespace beltwarden::vision
