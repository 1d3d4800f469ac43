#include "science/logistics/drift.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::logistics {
namespace {
constexpr std::size_t kKept = 1000;
constexpr double kOutlier = 4;  // robust standard deviations: a half-filled cutter says nothing of the scale
constexpr double kLeastSd = 0.003;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}
}  // namespace

std::optional<ScaleDrift::Suspicion> ScaleDrift::add(double mark, double scale, double other) {
  if (!(scale > 0) || !(other > 0)) return std::nullopt;
  pairs_.push_back({mark, std::log(scale / other)});
  if (pairs_.size() > kKept) pairs_.erase(pairs_.begin());
  const auto least = static_cast<std::size_t>(settings_.least_before + settings_.least_after);
  if (pairs_.size() < least) return std::nullopt;

  // Scatter from neighbours' differences: a change of the mean hardly touches it.
  std::vector<double> steps, ratios;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    ratios.push_back(pairs_[i].ratio);
    if (i > 0) steps.push_back(std::abs(pairs_[i].ratio - pairs_[i - 1].ratio));
  }
  // Median |difference| of two normal values is 0.954 of a standard deviation.
  const double sd = std::max(kLeastSd, median(steps) / 0.954);
  const double centre = median(ratios);

  std::vector<double> sum{0}, count{0};
  for (const double r : ratios) {
    const bool counts = std::abs(r - centre) < kOutlier * sd;
    sum.push_back(sum.back() + (counts ? r : 0));
    count.push_back(count.back() + (counts ? 1 : 0));
  }
  double best = 0;
  std::optional<Suspicion> found;
  for (std::size_t cut = static_cast<std::size_t>(settings_.least_before);
       cut + static_cast<std::size_t>(settings_.least_after) <= ratios.size(); ++cut) {
    const double before = count[cut], after = count.back() - count[cut];
    if (before < 2 || after < 2) continue;
    const double shift = (sum.back() - sum[cut]) / after - sum[cut] / before;
    const double error = sd * std::sqrt(1 / before + 1 / after);
    if (std::abs(shift) / error <= best) continue;
    best = std::abs(shift) / error;
    if (best > settings_.deviations && std::abs(shift) >= settings_.least_shift) {
      found = Suspicion{pairs_[cut].mark, std::expm1(shift), error};
    }
  }
  if (found) pairs_.clear();
  return found;
}

}  // namespace beltwarden::logistics
