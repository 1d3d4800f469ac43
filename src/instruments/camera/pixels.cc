#include "instruments/camera/pixels.h"

#include <string>

namespace beltwarden::instruments::camera {
namespace {

bool is_colour(PixelFormat format) { return format == PixelFormat::kRgb8 || format == PixelFormat::kBgr8; }

/// Bilinear interpolation (Malvar, He and Cutler 2004, section 2.1). `red_x`, `red_y`: where red sits in each square of four.
void debayer(const RawPicture& picture, std::size_t red_x, std::size_t red_y, std::uint8_t* out) {
  const std::size_t stride = picture.width + picture.row_padding;
  for (std::size_t y = 0; y < picture.height; ++y) {
    const std::uint8_t* here = picture.bytes.data() + y * stride;
    // Mirrored at the edges, so that a neighbour keeps its colour.
    const std::uint8_t* above = y > 0 ? here - stride : picture.height > 1 ? here + stride : here;
    const std::uint8_t* below = y + 1 < picture.height ? here + stride : above;
    const bool red_row = y % 2 == red_y;
    for (std::size_t x = 0; x < picture.width; ++x, out += 3) {
      const std::size_t left = x > 0 ? x - 1 : picture.width > 1 ? x + 1 : x;
      const std::size_t right = x + 1 < picture.width ? x + 1 : left;
      const int row = (here[left] + here[right] + 1) / 2, column = (above[x] + below[x] + 1) / 2;
      const bool red_column = x % 2 == red_x;
      int red, green, blue;
      if (red_row == red_column) {                        // red or blue: the other one sits at the corners
        const int corners = (above[left] + above[right] + below[left] + below[right] + 2) / 4;
        green = (here[left] + here[right] + above[x] + below[x] + 2) / 4;
        red = red_row ? here[x] : corners;
        blue = red_row ? corners : here[x];
      } else {
        green = here[x];
        red = red_row ? row : column;
        blue = red_row ? column : row;
      }
      out[0] = static_cast<std::uint8_t>(blue);
      out[1] = static_cast<std::uint8_t>(green);
      out[2] = static_cast<std::uint8_t>(red);
    }
  }
}

}  // namespace

std::optional<PixelFormat> pixel_format(std::uint32_t pfnc) {
  switch (pfnc) {
    case 0x01080001: return PixelFormat::kMono8;
    case 0x02180014: return PixelFormat::kRgb8;
    case 0x02180015: return PixelFormat::kBgr8;
    case 0x01080008: return PixelFormat::kBayerGr8;
    case 0x01080009: return PixelFormat::kBayerRg8;
    case 0x0108000a: return PixelFormat::kBayerGb8;
    case 0x0108000b: return PixelFormat::kBayerBg8;
    default: return std::nullopt;
  }
}

Result<std::vector<std::uint8_t>> to_bgr(const RawPicture& picture) {
  const std::size_t row = picture.width * (is_colour(picture.format) ? 3 : 1), stride = row + picture.row_padding;
  const std::size_t needed = picture.height == 0 ? 0 : (picture.height - 1) * stride + row;
  if (picture.bytes.size() < needed) {
    return invalid_input("a picture of " + std::to_string(picture.width) + " x " + std::to_string(picture.height) + " needs " +
                         std::to_string(needed) + " bytes, got " + std::to_string(picture.bytes.size()));
  }
  std::vector<std::uint8_t> bgr(picture.width * picture.height * 3);
  switch (picture.format) {
    case PixelFormat::kBayerRg8: debayer(picture, 0, 0, bgr.data()); return bgr;
    case PixelFormat::kBayerGr8: debayer(picture, 1, 0, bgr.data()); return bgr;
    case PixelFormat::kBayerGb8: debayer(picture, 0, 1, bgr.data()); return bgr;
    case PixelFormat::kBayerBg8: debayer(picture, 1, 1, bgr.data()); return bgr;
    default: break;
  }
  std::uint8_t* out = bgr.data();
  for (std::size_t y = 0; y < picture.height; ++y) {
    const std::uint8_t* in = picture.bytes.data() + y * stride;
    for (std::size_t x = 0; x < picture.width; ++x, out += 3) {
      if (picture.format == PixelFormat::kMono8) {
        out[0] = out[1] = out[2] = in[x];
      } else {
        const bool rgb = picture.format == PixelFormat::kRgb8;
        out[0] = in[3 * x + (rgb ? 2 : 0)];
        out[1] = in[3 * x + 1];
        out[2] = in[3 * x + (rgb ? 0 : 2)];
      }
    }
  }
  return bgr;
}

}  // namespace beltwarden::instruments::camera
