#include "science/gamma/energy_grid.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::gamma {
namespace {

constexpr std::size_t kMostGridBins = 200;
constexpr double kBins = 128;
constexpr double kLowestKev = 30, kHighestKev = 3000;

// Cubic through four points of the cumulative content, edges as abscissae (Lagrange); linear at the ends and beyond them.
double cumulative_at(std::span<const double> edges, std::span<const double> sums, double energy) {
  const std::size_t last = edges.size() - 1;
  if (energy <= edges[0]) return sums[0] - (edges[0] - energy) * (sums[1] - sums[0]) / (edges[1] - edges[0]);
  if (energy >= edges[last]) return sums[last] + (energy - edges[last]) * (sums[last] - sums[last - 1]) / (edges[last] - edges[last - 1]);
  const auto above = std::upper_bound(edges.begin(), edges.end(), energy);
  const auto i = static_cast<std::size_t>(above - edges.begin()) - 1;
  if (i == 0 || i + 2 >= edges.size()) {
    const double share = (energy - edges[i]) / (edges[i + 1] - edges[i]);
    return sums[i] + share * (sums[i + 1] - sums[i]);
  }
  double value = 0;
  for (std::size_t a = i - 1; a <= i + 2; ++a) {
    double weight = 1;
    for (std::size_t b = i - 1; b <= i + 2; ++b) {
      if (b != a) weight *= (energy - edges[b]) / (edges[a] - edges[b]);
    }
    value += weight * sums[a];
  }
  return std::clamp(value, sums[i], sums[i + 1]);
}

}  // namespace

Fold::Fold(std::span<const double> from, std::span<const double> to)
    : channels_(from.empty() ? 0 : from.size() - 1), bins_(to.empty() ? 0 : to.size() - 1) {
  identity_ = from.size() == to.size() &&
              std::equal(from.begin(), from.end(), to.begin(), [](double a, double b) { return std::abs(a - b) < 1e-3; });
  if (identity_) return;
  std::size_t b = 0;
  for (std::size_t c = 0; c < channels_; ++c) {
    while (b < bins_ && to[b + 1] <= from[c]) ++b;
    for (std::size_t k = b; k < bins_ && to[k] < from[c + 1]; ++k) {
      const double overlap = std::min(from[c + 1], to[k + 1]) - std::max(from[c], to[k]);
      if (overlap <= 0) continue;
      parts_.push_back(
          {static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(k), overlap / (from[c + 1] - from[c])});
    }
  }
}

template <class T>
void Fold::add(std::span<const T> counts, std::span<double> bins) const {
  if (identity_) {
    for (std::size_t i = 0; i < bins.size() && i < counts.size(); ++i) bins[i] = static_cast<double>(counts[i]);
    return;
  }
  std::fill(bins.begin(), bins.end(), 0.0);
  for (const Part& part : parts_) bins[part.bin] += part.share * static_cast<double>(counts[part.channel]);
}

void Fold::apply(std::span<const std::uint32_t> counts, std::span<double> bins) const { add(counts, bins); }
void Fold::apply(std::span<const double> counts, std::span<double> bins) const { add(counts, bins); }

std::vector<double> stretched(std::span<const double> shape, std::span<const double> edges, double stretch) {
  std::vector<double> sums(edges.size(), 0.0);
  for (std::size_t i = 0; i < shape.size(); ++i) sums[i + 1] = sums[i] + shape[i];
  std::vector<double> result(shape.size());
  double below = cumulative_at(edges, sums, edges[0] / stretch);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const double upto = cumulative_at(edges, sums, edges[i + 1] / stretch);
    result[i] = upto - below;
    below = upto;
  }
  return result;
}

std::vector<double> working_edges(std::span<const double> channels) {
  std::size_t first = 0, last = channels.size() - 1;
  while (first + 1 < last && channels[first + 1] <= kLowestKev) ++first;
  while (last > first + 1 && channels[last - 1] >= kHighestKev) --last;
  if (last - first <= kMostGridBins)
    return {channels.begin() + static_cast<std::ptrdiff_t>(first), channels.begin() + static_cast<std::ptrdiff_t>(last) + 1};
  std::vector<double> edges = {channels[first]};
  const double low = std::sqrt(std::max(channels[first], 0.0)), high = std::sqrt(channels[last]);
  double bin = 1;
  for (std::size_t i = first + 1; i <= last; ++i) {
    if (i < last && std::sqrt(std::max(channels[i], 0.0)) < low + (high - low) * bin / kBins) continue;
    edges.push_back(channels[i]);
    while (bin < kBins && low + (high - low) * bin / kBins <= std::sqrt(std::max(channels[i], 0.0))) ++bin;
  }
  return edges;
}

}  // namespace beltwarden::gamma
