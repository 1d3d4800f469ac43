// Findings are promised byte for byte, so every number in them is rounded to a resolution that its model declares.
#pragma once

#include <cmath>

namespace beltwarden::inspect {

/// The multiple of 1/`per_unit` nearest to `value`; not a number becomes 0. rounded(3.14159, 100) = 3.14.
inline double rounded(double value, double per_unit) {
  return std::isfinite(value) ? std::round(value * per_unit) / per_unit : 0.0;
}

}  // namespace beltwarden::inspect
