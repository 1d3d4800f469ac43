// Camera pixels of the usual 8-bit formats become BGR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"

namespace beltwarden::instruments::camera {

enum class PixelFormat : std::uint8_t { kMono8, kRgb8, kBgr8, kBayerRg8, kBayerGr8, kBayerGb8, kBayerBg8 };

/// By its number in the GenICam Pixel Format Naming Convention (PFNC 2.4); nothing for formats we do not take.
std::optional<PixelFormat> pixel_format(std::uint32_t pfnc);

/// A picture as the camera laid it out: `row_padding` unused bytes follow each row.
struct RawPicture {
  std::span<const std::uint8_t> bytes;
  std::size_t width = 0, height = 0, row_padding = 0;
  PixelFormat format = PixelFormat::kMono8;
};

/// 3 bytes a pixel, rows without padding. Bayer mosaics are interpolated bilinearly; at the edges by their mirror image.
/// An error when there are fewer bytes than the picture needs.
Result<std::vector<std::uint8_t>> to_bgr(const RawPicture& picture);

}  // namespace beltwarden::instruments::camera
