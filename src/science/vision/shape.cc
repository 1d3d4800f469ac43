#include "science/vision/shape.h"

#include <cmath>

namespace beltwarden::vision {

double candidate_strength(double contrast, double area_mm2) {
  return contrast * std::clamp(std::pow(area_mm2 / 40000.0, 0.25), 0.2, 2.0);
}

Candidate ShapeSums::candidate(int factor, double mm_per_px, const OreBackground& background) const {
  const double n = pixels;
  const double mean_x = sum_x / n, mean_y = sum_y / n;
  // 1/12: a pixel has an extent of its own.
  const double xx = sum_xx / n - mean_x * mean_x + 1.0 / 12;
  const double yy = sum_yy / n - mean_y * mean_y + 1.0 / 12;
  const double xy = sum_xy / n - mean_x * mean_y;
  const double half_trace = (xx + yy) / 2;
  const double root = std::sqrt(std::max(0.0, (xx - yy) * (xx - yy) / 4 + xy * xy));
  // A rectangle's side is sqrt(12) of its standard deviation.
  const double length = std::sqrt(12 * (half_trace + root));
  const double width = std::sqrt(12 * std::max(1.0 / 12, half_trace - root));

  Candidate c;
  c.x = left * factor;
  c.y = top * factor;
  c.w = (right - left + 1) * factor;
  c.h = (bottom - top + 1) * factor;
  c.area_mm2 = n * mm_per_px * mm_per_px;
  c.length_mm = length * mm_per_px;
  c.width_mm = width * mm_per_px;
  c.contrast = sum_distance / n;
  c.strength = candidate_strength(c.contrast, c.area_mm2);

  std::array<double, 3> mean{}, sd{};
  for (std::size_t p = 0; p < 3; ++p) {
    mean[p] = sum_lab[p] / n;
    sd[p] = std::sqrt(std::max(0.0, sum_lab_squared[p] / n - mean[p] * mean[p]));
  }
  constexpr double kL = 100.0 / 255;
  const double own_a = mean[1] - 128, own_b = mean[2] - 128;
  const double deviation = inner_pixels > 0 ? sum_inner_deviation / inner_pixels : sum_deviation / n;
  const auto f = [](double value) { return static_cast<float>(value); };
  c.features = {f((mean[0] - background.centre[0]) * kL),
                f(mean[1] - background.centre[1]),
                f(mean[2] - background.centre[2]),
                f(std::log((deviation + 0.5) / (background.centre[3] + 0.5))),
                f(mean[0] * kL),
                f(own_a),
                f(own_b),
                f(std::hypot(own_a, own_b)),
                f(std::log10(c.area_mm2)),
                f(std::log10(std::max(1.0, c.length_mm))),
                f(std::log(length / width)),
                f(n / std::max(1.0, length * width)),
                f(sd[0] * kL),
                f(bright / n),
                f(std::log(std::max(1.0, static_cast<double>(rim_pixels)) / std::sqrt(n))),
                f(c.contrast)};
  return c;
}

}  // namespace beltwarden::vision
