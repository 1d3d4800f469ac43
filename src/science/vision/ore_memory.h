// What officers called ore: places that look like one of these are not called again.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::vision {

/// Features of remembered places, compared in units of how clean places of the brand differ from each other.
struct OreMemory {
  std::vector<double> centre, scale;
  double limit = 0;                        ///< root mean square difference below which a place is the same kind of ore
  std::vector<std::vector<float>> places;  ///< at most kMostPlaces, the oldest leave first

  static constexpr std::size_t kMostPlaces = 2000;
};

/// An empty memory in the units of `clean` features (20 or more): the limit is 0.7 of the median distance between
/// nearest neighbours.
Result<OreMemory> make_ore_memory(std::span<const std::vector<float>> clean);

Result<void> remember(OreMemory& memory, std::vector<float> features);
bool remembers(const OreMemory& memory, std::span<const float> features);

/// What a remembered place's score is lowered by.
inline constexpr double kRememberedScore = 6;

std::string to_text(const OreMemory& memory);
Result<OreMemory> ore_memory_from_text(std::string_view text, const std::string& origin);

}  // namespace beltwarden::vision
