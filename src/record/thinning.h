// Fewer points that still tell the truth.
#pragma once

#include <cstddef>
#include <vector>

#include "record/rows.h"

namespace beltwarden::record {

/// At most `max` (at least 8) of `points`, in order: of each stretch the first, the lowest and the highest, and its worst
/// suspect. Every point that is returned is one that was measured.
std::vector<Point> thinned(const std::vector<Point>& points, std::size_t max);

}  // namespace beltwarden::record
