// Where in a picture things look odd, coarse enough to be kept with what was found.
#pragma once

#include <string>

namespace beltwarden::vision {

/// A digit a cell, row by row. By colour: the largest robust distance from the picture's own ore, in standard deviations. By the
/// network: one in 10^digit clean frames shows something as odd. 9 is 9 or more; at most kMostHeatColumns across.
struct HeatMap {
  int columns = 0, rows = 0;
  bool by_network = false;
  std::string levels;
};

inline constexpr int kMostHeatColumns = 32;

}  // namespace beltwarden::vision
