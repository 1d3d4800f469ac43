#include "science/gamma/tail.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace beltwarden::gamma {
namespace {
constexpr double kUsualShape = -0.05;     // of the highest of normal scores between 3 and 4.5 deviations: -0.066
constexpr double kShapeSd = 0.03;
constexpr std::size_t kLeastPeaks = 20, kMostPeaks = 200;
}  // namespace

double Tail::rate_above(double score) const {
  const double excess = (score - start) / scale;
  if (excess <= 0) return per_hour * std::exp(-excess);  // below the tail: only an order
  if (std::abs(shape) < 1e-9) return per_hour * std::exp(-excess);
  const double inside = 1 + shape * excess;
  // A bounded tail is not believed to end: beyond 95 % of its range it goes on as an exponential.
  if (shape < 0 && inside < 0.05) {
    const double edge = 0.95 / -shape;
    return per_hour * std::pow(0.05, -1 / shape) * std::exp(-(excess - edge) / 0.05);
  }
  return per_hour * std::pow(inside, -1 / shape);
}

double Tail::score_at(double peaks_per_hour) const {
  double low = start - 50 * scale, high = start + 500 * scale;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (rate_above(middle) > peaks_per_hour ? low : high) = middle;
  }
  return (low + high) / 2;
}

Tail fit_tail(std::span<const double> peaks, double hours) {
  Tail tail;
  if (peaks.size() < kLeastPeaks || !(hours > 0)) {
    // Too few to say: as if the highest were met once an hour, with the tail of a normal score.
    tail.start = peaks.empty() ? 3.5 : *std::max_element(peaks.begin(), peaks.end());
    tail.per_hour = 1;
    tail.scale = 0.3;
    return tail;
  }
  std::vector<double> sorted(peaks.begin(), peaks.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  const std::size_t n = std::min(sorted.size() - 1, std::clamp(sorted.size() / 10, kLeastPeaks, kMostPeaks));
  tail.start = sorted[n];
  tail.per_hour = static_cast<double>(n) / hours;
  // Likelihood over a grid of shapes; the scale is profiled by bisection on its derivative.
  double best = -1e300;
  for (double shape = -0.3; shape <= 0.3001; shape += 0.02) {
    const double xi = std::abs(shape) < 1e-9 ? 1e-6 : shape;
    const auto log_likelihood = [&](double scale) {
      double sum = -static_cast<double>(n) * std::log(scale);
      for (std::size_t i = 0; i < n; ++i) {
        const double inside = 1 + xi * (sorted[i] - tail.start) / scale;
        if (inside <= 1e-9) return -1e300;
        sum -= (1 + 1 / xi) * std::log(inside);
      }
      return sum;
    };
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i) mean += (sorted[i] - tail.start) / static_cast<double>(n);
    double low = std::log(std::max(mean, 1e-6) / 5), high = std::log(std::max(mean, 1e-6) * 5);
    for (int i = 0; i < 60; ++i) {  // golden section would do as well; thirds are simple
      const double a = low + (high - low) / 3, b = high - (high - low) / 3;
      (log_likelihood(std::exp(a)) < log_likelihood(std::exp(b)) ? low : high) =
          log_likelihood(std::exp(a)) < log_likelihood(std::exp(b)) ? a : b;
    }
    const double scale = std::exp((low + high) / 2);
    const double posterior = log_likelihood(scale) - 0.5 * std::pow((shape - kUsualShape) / kShapeSd, 2);
    if (posterior > best) best = posterior, tail.scale = scale, tail.shape = xi;
  }
  return tail;
}

}  // namespace beltwarden::gamma
