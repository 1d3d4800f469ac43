#include "science/gamma/windows.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::gamma {

double coarse_edge_kev(std::size_t edge) {
  constexpr double kLowest = 40, kHighest = 2900;
  const double root = std::sqrt(kLowest) + (std::sqrt(kHighest) - std::sqrt(kLowest)) * static_cast<double>(edge) /
                                               static_cast<double>(kCoarseBins);
  return root * root;
}

Binning::Binning(std::array<double, 3> calibration_kev, std::size_t channels)
    : calibration_kev_(calibration_kev), channels_(channels) {
  const auto edge = [&](std::size_t i) {
    const double n = static_cast<double>(i);
    return calibration_kev[0] + calibration_kev[1] * n + calibration_kev[2] * n * n;
  };
  for (std::size_t c = 0; c < channels; ++c) {
    const double low = edge(c), high = edge(c + 1);
    if (!(high > low)) break;
    const auto add = [&](std::vector<Part>& parts, std::size_t target, double from, double to) {
      const double overlap = std::min(high, to) - std::max(low, from);
      if (overlap > 0) parts.push_back({c, target, overlap / (high - low)});
    };
    for (std::size_t w = 0; w < kWindowCount; ++w) add(window_parts_, w, kWindows[w].low_kev, kWindows[w].high_kev);
    for (std::size_t b = 0; b < kCoarseBins; ++b) add(coarse_parts_, b, coarse_edge_kev(b), coarse_edge_kev(b + 1));
  }
}

std::array<double, kWindowCount> Binning::windows(std::span<const std::uint32_t> counts) const {
  std::array<double, kWindowCount> sums{};
  for (const auto& part : window_parts_) {
    if (part.channel < counts.size()) sums[part.target] += part.share * counts[part.channel];
  }
  return sums;
}

std::array<double, kCoarseBins> Binning::coarse(std::span<const std::uint32_t> counts) const {
  std::array<double, kCoarseBins> sums{};
  for (const auto& part : coarse_parts_) {
    if (part.channel < counts.size()) sums[part.target] += part.share * counts[part.channel];
  }
  return sums;
}

}  // namespace beltwarden::gamma
