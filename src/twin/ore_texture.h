// Strips of ore as a camera sees them, made once; pictures of a moving belt are cut from them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "twin/reference_data.h"

namespace beltwarden::twin {

/// 8-bit BGR, `width` x `rows`, without padding.
struct Strip {
  int width = 0, rows = 0;
  std::vector<std::uint8_t> bgr;
  const std::uint8_t* row(int y) const { return bgr.data() + static_cast<std::size_t>(y) * width * 3; }
};

/// How a material looks dry and evenly lit.
struct Look {
  std::array<double, 3> bgr{};        ///< mean
  std::array<double, 3> other_bgr{};  ///< of the paler or darker grains in it
  double grain_contrast = 0;          ///< relative
  double lump_share = 0;              ///< of the area
  double lump_mm = 0;                 ///< typical diameter
};

/// Of a brand, "slag" or "belt"; unknown names look like the first brand.
Look look_of(std::string_view material);

/// `count` strips of `rows` rows. Real ore pictures, when given, supply structure; the look supplies colour.
std::vector<Strip> make_strips(const Look& look, int width, int rows, int count, double mm_per_px,
                               const std::vector<ReferenceData::Picture>& real_ore, Rng& rng);

}  // namespace beltwarden::twin
