#include "science/gamma/bin_factors.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::gamma {
namespace {
constexpr double kLeastFactor = 0.2, kMostFactor = 5;
}

BinFactors::BinFactors(std::size_t bins, const FactorDrift& drift)
    : drift_(drift), ambient_(bins), ore_(bins), p_ambient_(bins), p_ore_(bins), p_cross_(bins) {
  forget();
}

void BinFactors::forget() {
  std::fill(ambient_.begin(), ambient_.end(), 1.0);
  std::fill(p_ambient_.begin(), p_ambient_.end(), drift_.ambient_sd * drift_.ambient_sd);
  forget_ore();
}

void BinFactors::unsettle(double sd) {
  for (std::size_t b = 0; b < ambient_.size(); ++b) p_ambient_[b] += sd * sd, p_ore_[b] += sd * sd;
}

void BinFactors::forget_ore() {
  std::fill(ore_.begin(), ore_.end(), 1.0);
  std::fill(p_ore_.begin(), p_ore_.end(), drift_.ore_sd * drift_.ore_sd);
  std::fill(p_cross_.begin(), p_cross_.end(), 0.0);
}

void BinFactors::recall_ore(const Ore& known, double seconds) {
  ore_ = known.factor;
  p_ore_ = known.variance;
  std::fill(p_cross_.begin(), p_cross_.end(), 0.0);
  const double more = drift_.ore_per_s * drift_.ore_per_s * std::max(seconds, 0.0);
  for (double& p : p_ore_) p = std::max(p, std::min(p + more, drift_.ore_sd * drift_.ore_sd));
}

void BinFactors::variance(std::span<const double> a, std::span<const double> o, std::span<double> result) const {
  for (std::size_t b = 0; b < ambient_.size(); ++b)
    result[b] = a[b] * a[b] * p_ambient_[b] + 2 * a[b] * o[b] * p_cross_[b] + o[b] * o[b] * p_ore_[b];
}

void BinFactors::learn(std::span<const double> a, std::span<const double> o, std::span<const double> mean,
                       std::span<const double> residual) {
  for (std::size_t b = 0; b < ambient_.size(); ++b) {
    const double with_a = a[b] * p_ambient_[b] + o[b] * p_cross_[b];
    const double with_o = a[b] * p_cross_[b] + o[b] * p_ore_[b];
    const double spread = mean[b] + a[b] * with_a + o[b] * with_o;
    const double gain_a = with_a / spread, gain_o = with_o / spread;
    ambient_[b] = std::clamp(ambient_[b] + gain_a * residual[b], kLeastFactor, kMostFactor);
    ore_[b] = std::clamp(ore_[b] + gain_o * residual[b], kLeastFactor, kMostFactor);
    p_ambient_[b] -= gain_a * with_a;
    p_cross_[b] -= gain_a * with_o;
    p_ore_[b] -= gain_o * with_o;
  }
}

void BinFactors::pass(double seconds) {
  const double s = std::clamp(seconds, 0.0, 3600.0);
  const double more_a = drift_.ambient_per_s * drift_.ambient_per_s * s, more_o = drift_.ore_per_s * drift_.ore_per_s * s;
  const double most_a = drift_.ambient_sd * drift_.ambient_sd, most_o = drift_.ore_sd * drift_.ore_sd;
  for (std::size_t b = 0; b < ambient_.size(); ++b) {
    // Time alone makes nothing less certain than it was at the start.
    if (p_ambient_[b] < most_a) p_ambient_[b] = std::min(most_a, p_ambient_[b] + more_a);
    if (p_ore_[b] < most_o) p_ore_[b] = std::min(most_o, p_ore_[b] + more_o);
  }
}

void BinFactors::stretch(std::span<const double> edges, double factor) {
  const std::size_t n = ambient_.size();
  if (n < 2) return;
  std::vector<double> middle(n);
  for (std::size_t b = 0; b < n; ++b) middle[b] = (edges[b] + edges[b + 1]) / 2;
  const std::vector<double> ambient = ambient_, ore = ore_;
  std::size_t i = 0;
  for (std::size_t b = 0; b < n; ++b) {
    const double from = std::clamp(middle[b] / factor, middle.front(), middle.back());
    while (i + 2 < n && middle[i + 1] < from) ++i;
    while (i > 0 && middle[i] > from) --i;
    const double share = (from - middle[i]) / (middle[i + 1] - middle[i]);
    ambient_[b] = ambient[i] + share * (ambient[i + 1] - ambient[i]);
    ore_[b] = ore[i] + share * (ore[i + 1] - ore[i]);
  }
}

}  // namespace beltwarden::gamma
