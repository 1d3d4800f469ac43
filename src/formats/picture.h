// Pictures from and to bytes: JPEG and PNG. Sizes are checked in the header before anything is decoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::formats {

inline constexpr std::size_t kMaxPictureBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxPicturePixels = std::size_t{1} << 26;  ///< 64 Mpixel

/// Pixels that someone else owns: rows of `channels` bytes a pixel (1 = grey, 3 = blue, green, red), `stride` bytes
/// apart.
struct PictureView {
  const std::uint8_t* data = nullptr;
  std::size_t width = 0, height = 0, channels = 3, stride = 0;
};

/// Pixels of its own, rows without gaps.
struct Picture {
  std::size_t width = 0, height = 0, channels = 3;
  std::vector<std::uint8_t> data;

  PictureView view() const { return {data.data(), width, height, channels, width * channels}; }
};

/// `quality` 1 to 100.
Result<std::string> encode_jpeg(const PictureView& picture, int quality);
Result<std::string> encode_png(const PictureView& picture);

struct PictureSize {
  std::size_t width = 0, height = 0;
};

/// Width and height from the header, without decoding. Refuses what is neither JPEG nor PNG.
Result<PictureSize> picture_size(std::string_view bytes);

/// Decodes to blue, green, red, 8 bits each. A file that is cut off is refused, not half decoded.
Result<Picture> decode_picture(std::string_view bytes);

}  // namespace beltwarden::formats
