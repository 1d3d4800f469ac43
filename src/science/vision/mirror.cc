#include "science/vision/mirror.h"

#include <algorithm>

namespace beltwarden::vision {

Picture mirrored(const ImageView& image, Mirror mirror) {
  const int w = image.width_px, h = image.height_px;
  Picture out{w, h, std::vector<std::uint8_t>(std::size_t{3} * static_cast<std::size_t>(w) * static_cast<std::size_t>(h))};
  std::uint8_t* to = out.bgr.data();
  for (int y = 0; y < h; ++y) {
    const std::uint8_t* row = image.bgr + (mirror.down ? h - 1 - y : y) * image.stride_bytes;
    for (int x = 0; x < w; ++x) to = std::copy_n(row + 3 * (mirror.across ? w - 1 - x : x), 3, to);
  }
  return out;
}

void mirror_back(EvidenceMap& evidence, Mirror mirror) {
  const auto row = [&](int y) { return evidence.logit.begin() + y * evidence.columns; };
  for (int y = 0; mirror.down && y < evidence.rows / 2; ++y) std::swap_ranges(row(y), row(y + 1), row(evidence.rows - 1 - y));
  for (int y = 0; mirror.across && y < evidence.rows; ++y) std::reverse(row(y), row(y + 1));
}

}  // namespace beltwarden::vision
