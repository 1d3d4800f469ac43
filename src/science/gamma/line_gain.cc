#include <Eigen/Dense>
#include <cmath>

#include "science/gamma/background_model.h"
#include "science/gamma/response.h"

namespace beltwarden::gamma {
namespace {
constexpr double kResolution662 = 0.08;
constexpr double kFarthest = 0.06;            // that a line may lie off, relative
constexpr double kLeastSignificance = 6;
}  // namespace

// Gaussian on a straight line, centre by scan, the rest by weighted least squares; the centre is where chi-squared is
// least and its error where it is one higher, from the parabola through three neighbours.
LineGain line_gain(std::span<const double> counts, std::span<const double> edges, double line_kev) {
  struct Fit {
    double chi_squared = 0, significance = 0;
  };
  const double sigma = peak_width_kev(line_kev, kResolution662) / 2.3548;
  const auto cdf = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const double low = line_kev * (1 - kFarthest) - 2 * sigma, high = line_kev * (1 + kFarthest) + 2 * sigma;
  const auto fit_at = [&](double centre) {
    Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
    Eigen::Vector3d right = Eigen::Vector3d::Zero();
    double square = 0;
    int bins = 0;
    for (std::size_t i = 0; i + 1 < edges.size() && i < counts.size(); ++i) {
      if (edges[i] < low || edges[i + 1] > high) continue;
      const double width = edges[i + 1] - edges[i], middle = (edges[i] + edges[i + 1]) / 2;
      const Eigen::Vector3d h(cdf((edges[i + 1] - centre) / sigma) - cdf((edges[i] - centre) / sigma), width,
                              width * (middle - line_kev) / line_kev);
      const double weight = 1 / std::max(counts[i], 1.0);
      normal += weight * h * h.transpose();
      right += weight * h * counts[i];
      square += weight * counts[i] * counts[i];
      ++bins;
    }
    Fit fit{1e300, 0};
    if (bins < 5) return fit;
    const Eigen::Matrix3d inverse = normal.inverse();
    const Eigen::Vector3d amounts = inverse * right;
    fit.chi_squared = square - right.dot(amounts);
    fit.significance = amounts[0] / std::sqrt(std::max(inverse(0, 0), 1e-300));
    return fit;
  };
  const double step = 0.0005 * line_kev;
  double best = line_kev, least = 1e300;
  for (double c = line_kev * (1 - kFarthest); c <= line_kev * (1 + kFarthest); c += step) {
    if (const Fit fit = fit_at(c); fit.significance > 0 && fit.chi_squared < least) least = fit.chi_squared, best = c;
  }
  const Fit here = fit_at(best), below = fit_at(best - step), above = fit_at(best + step);
  const double curvature = (below.chi_squared - 2 * here.chi_squared + above.chi_squared) / (step * step);
  if (!(here.significance > kLeastSignificance) || !(curvature > 0)) return {};
  const double offset = -(above.chi_squared - below.chi_squared) / (2 * step) / curvature;
  return {(best + offset) / line_kev, std::sqrt(2 / curvature) / line_kev};
}

}  // namespace beltwarden::gamma
