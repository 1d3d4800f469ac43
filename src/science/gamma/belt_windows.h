// Windows matched to how long a point source takes to pass a detector.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace beltwarden::gamma {

/// Lengths of belt over which a point source counts at least half of its peak: three geometries around the usual one.
inline constexpr std::array<double, 3> kHalfMaximum_m = {2.3, 3.2, 4.4};

/// Times at half maximum to look for, s. A belt that stands or has no speed gets three fixed ones.
inline std::array<double, 3> dwells(double speed_mps) {
  if (!(speed_mps > 0.4)) return {0.8, 1.4, 2.4};
  std::array<double, 3> times{};
  for (std::size_t i = 0; i < times.size(); ++i) times[i] = std::clamp(kHalfMaximum_m[i] / speed_mps, 0.25, 6.0);
  return times;
}

/// Rate of a passing point source relative to its peak, `dwells` of its half-maximum times away from it.
inline double passing_rate(double dwells) { return std::pow(1 + std::pow(1.5328 * dwells, 2), -1.5); }

struct Window {
  std::vector<double> profile;       ///< rate relative to the peak, oldest first
  std::size_t ends_before = 0;       ///< intervals after it
};

/// Window around the interval `ahead` back from the newest: rate (1 + (x/h)^2)^-1.5 of a point source passing at
/// distance h, whose half maximum lasts 1.533 h.
inline Window passing_window(double dwell_s, double step_s, std::size_t ahead, std::size_t held) {
  const double h = dwell_s / 1.5328;
  const auto wanted = static_cast<std::size_t>(std::ceil(1.7 * dwell_s / step_s));
  const std::size_t after = std::min(ahead, std::max<std::size_t>(wanted, 1));
  const std::size_t before = std::min(std::max<std::size_t>(wanted, 1), held > ahead ? held - 1 - ahead : 0);
  Window window;
  window.ends_before = ahead - after;
  for (std::size_t i = 0; i < before + 1 + after; ++i) {
    double sum = 0;
    for (const double part : {-1.0 / 3, 0.0, 1.0 / 3}) {  // over the interval's length
      const double x = (static_cast<double>(i) - static_cast<double>(before) + part) * step_s / h;
      sum += std::pow(1 + x * x, -1.5) / 3;
    }
    window.profile.push_back(sum);
  }
  return window;
}

}  // namespace beltwarden::gamma
