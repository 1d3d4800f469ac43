// Pictures of real objects with their outline, to lay on the ore.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace beltwarden::twin {

/// 8-bit blue, green, red, opacity; rows without padding.
struct Cutout {
  std::string label;  ///< "metal", "plastic"
  int width = 0, height = 0;
  std::vector<std::uint8_t> bgra;
  /// The pixel at a share (0 ... 1) along and across its longer side; nothing outside.
  const std::uint8_t* at(double along, double across) const;
};

/// Those of `folder` whose row in objects.csv has this set ("train", "eval"), at most `most` of each class, in file
/// order.
Result<std::vector<Cutout>> read_cutouts(const std::filesystem::path& folder, const std::string& set, int most);

}  // namespace beltwarden::twin
