#include "instruments/camera/pixels.h"

#include <string>

namespace beltwarden::instruments::camera {
namespace {

bool is_colour(PixelFormat format) { return format == PixelFormat::kRgb8 || format == PixelFormat::kBgr8; }

// Three rows of a mosaic and the columns to either side of a pixel.
struct Neighbours {
  const std::uint8_t *above, *here, *below;
  unsigned across(std::size_t left, std::size_t right) const { return unsigned{here[left]} + here[right]; }
  unsigned along(std::size_t x) const { return unsigned{above[x]} + below[x]; }
  unsigned corners(std::size_t left, std::size_t right) const {
    return unsigned{above[left]} + above[right] + below[left] + below[right];
  }
};

// `row` is the colour that has pixels in this row beside green, `other` the one that has none: 0 blue, 2 red.
void put_green(const Neighbours& n, std::size_t left, std::size_t x, std::size_t right, std::size_t row, std::uint8_t* out) {
  out[row] = static_cast<std::uint8_t>((n.across(left, right) + 1) / 2);
  out[1] = n.here[x];
  out[2 - row] = static_cast<std::uint8_t>((n.along(x) + 1) / 2);
}

void put_coloured(const Neighbours& n, std::size_t left, std::size_t x, std::size_t right, std::size_t row, std::uint8_t* out) {
  out[row] = n.here[x];
  out[1] = static_cast<std::uint8_t>((n.across(left, right) + n.along(x) + 2) / 4);
  out[2 - row] = static_cast<std::uint8_t>((n.corners(left, right) + 2) / 4);
}

/// Bilinear interpolation (Malvar, He and Cutler 2004, section 2.1). `red_x`, `red_y`: where red sits in each square of four.
void debayer(const RawPicture& picture, std::size_t red_x, std::size_t red_y, std::uint8_t* out) {
  const std::size_t width = picture.width, stride = width + picture.row_padding;
  for (std::size_t y = 0; y < picture.height; ++y, out += 3 * width) {
    const std::uint8_t* here = picture.bytes.data() + y * stride;
    // Mirrored at the edges, so that a neighbour keeps its colour.
    const std::uint8_t* above = y > 0 ? here - stride : picture.height > 1 ? here + stride : here;
    const std::uint8_t* below = y + 1 < picture.height ? here + stride : above;
    const Neighbours n{above, here, below};
    const bool red_row = y % 2 == red_y;
    const std::size_t row = red_row ? 2 : 0, coloured = red_row ? red_x : 1 - red_x;
    const auto put = [&](std::size_t x) {
      const std::size_t left = x > 0 ? x - 1 : width > 1 ? x + 1 : x, right = x + 1 < width ? x + 1 : left;
      if (x % 2 == coloured) put_coloured(n, left, x, right, row, out + 3 * x);
      else put_green(n, left, x, right, row, out + 3 * x);
    };
    std::size_t x = 0;
    while (x < width && (x == 0 || x % 2 != coloured)) put(x++);
    for (; x + 2 < width; x += 2) {   // pairs need not ask which they are
      put_coloured(n, x - 1, x, x + 1, row, out + 3 * x);
      put_green(n, x, x + 1, x + 2, row, out + 3 * x + 3);
    }
    while (x < width) put(x++);
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
