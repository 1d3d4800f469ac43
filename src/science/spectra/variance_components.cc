#include "science/spectra/variance_components.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace beltwarden::spectra {

Result<VarianceComponents> variance_components(std::span<const double> values, std::span<const std::uint32_t> groups) {
  if (values.size() != groups.size()) {
    return invalid_input("variance components: " + std::to_string(values.size()) + " values but " + std::to_string(groups.size()) + " groups");
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
    return invalid_input("variance components: expected at least two groups and one with two values, found " + std::to_string(of.size()) +
                         " groups of " + std::to_string(static_cast<long long>(n)) + " values in all");
  }
  double between = 0, within = 0;
  for (const auto& [g, v] : of) {
    double mean = 0;
    for (double x : v) mean += x / static_cast<double>(v.size());
    between += static_cast<double>(v.size()) * (mean - total / n) * (mean - total / n);
    for (double x : v) within += (x - mean) * (x - mean);
  }
  VarianceComponents s;
  s.groups = a;
  s.values = n;
  s.within = within / (n - a);
  s.between = std::max(0.0, (between / (a - 1) - s.within) * (a - 1) / (n - squares_of_n / n));
  return s;
}

}  // namespace beltwarden::spectra
