#include "science/spectra/averaging.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "science/spectra/statistics.h"

namespace beltwarden::spectra {

double effective_scans(double scans, double correlation) {
  const double n = std::max(scans, 1.0), r = std::clamp(correlation, 0.0, 0.999999);
  if (r == 0) return n;
  // The sum of (1 - k/n) r^k for k = 1 ... n-1 in closed form.
  const double sum = r / (1 - r) - r * (1 - std::pow(r, n)) / (n * (1 - r) * (1 - r));
  return std::max(1.0, n / (1 + 2 * sum));
}

double Scatter::std_error(double scans, double slices) const {
  return std::sqrt(lot + (slice + scan / effective_scans(scans, correlation)) / std::max(slices, 1.0));
}

Result<Scatter> estimate_scatter(std::span<const double> values, std::span<const std::uint32_t> groups) {
  if (values.size() != groups.size()) {
    return invalid_input("scatter: " + std::to_string(values.size()) + " values but " + std::to_string(groups.size()) + " groups");
  }
  std::map<std::uint32_t, std::vector<double>> of;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) of[groups[i]].push_back(values[i]);
  }
  double n = 0, squares_of_n = 0, total = 0;
  for (const auto& [g, v] : of) {
    n += static_cast<double>(v.size());
    squares_of_n += static_cast<double>(v.size() * v.size());
    for (double x : v) total += x;
  }
  const double a = static_cast<double>(of.size());
  if (a < 2 || n <= a) {
    return invalid_input("scatter: expected at least two groups and one with two values, found " + std::to_string(of.size()) +
                         " groups of " + std::to_string(static_cast<long long>(n)) + " values in all");
  }
  double between = 0, within = 0, lagged = 0, pairs = 0;
  for (const auto& [g, v] : of) {
    double mean = 0;
    for (double x : v) mean += x / static_cast<double>(v.size());
    between += static_cast<double>(v.size()) * (mean - total / n) * (mean - total / n);
    for (double x : v) within += (x - mean) * (x - mean);
    for (std::size_t i = 1; i < v.size(); ++i) lagged += (v[i] - mean) * (v[i - 1] - mean), pairs += 1;
  }
  Scatter s;
  s.slices = a;
  s.scans = n;
  s.scan = within / (n - a);
  s.slice = std::max(0.0, (between / (a - 1) - s.scan) * (a - 1) / (n - squares_of_n / n));
  if (s.scan > 0 && pairs > 0) {
    // Subtracting a group's own mean makes independent values look correlated by -1/n on average.
    const double r = lagged / pairs / s.scan + a / n;
    const double noise = 2 / std::sqrt(pairs);
    s.correlation = r > noise ? std::min(r, 0.99) : 0;
  }
  return s;
}

double detection_limit(const Scatter& clean, const Response& response, double scans, double slices, double false_alarms, double missed) {
  if (!(response.per_percent > 0)) return std::numeric_limits<double>::infinity();
  return (normal_quantile(1 - false_alarms) + normal_quantile(1 - missed)) * clean.std_error(scans, slices) / response.per_percent;
}

PerMass std_errors(const Scatter& error, const Stream& stream) {
  const auto slices = [&](double tonnes) { return std::max(1.0, tonnes / std::max(stream.slice_tonnes, 1e-9)); };
  const double scans = stream.scans_per_slice;
  return {error.std_error(scans, 1), error.std_error(scans, slices(500)), error.std_error(scans, slices(stream.lot_tonnes))};
}

PerMass detection_limits(const Scatter& clean, const Response& response, const Stream& stream, double false_alarms, double missed) {
  const auto slices = [&](double tonnes) { return std::max(1.0, tonnes / std::max(stream.slice_tonnes, 1e-9)); };
  const auto at = [&](double n) { return detection_limit(clean, response, stream.scans_per_slice, n, false_alarms, missed); };
  return {at(1), at(slices(500)), at(slices(stream.lot_tonnes))};
}

}  // namespace beltwarden::spectra
