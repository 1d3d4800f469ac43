// How much of the scatter of a quantity lies between groups (lots, slices), and how much within them.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"

namespace beltwarden::spectra {

struct VarianceComponents {
  double between = 0;             ///< variance of what a group's values share: averaging over one group takes none of it away
  double within = 0;              ///< variance of values about their group
  double groups = 0, values = 0;  ///< they were estimated from
};

/// One-way random effects with groups of unequal size (Searle, Casella and McCulloch, Variance Components (1992), 3.6). At least two
/// groups, one of them of two values; NaN values are passed over. A negative estimate is zero.
Result<VarianceComponents> variance_components(std::span<const double> values, std::span<const std::uint32_t> groups);

}  // namespace beltwarden::spectra
