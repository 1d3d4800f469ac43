// Procedural ore and objects for the tests of this folder.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "science/vision/frame_analysis.h"

namespace beltwarden::vision::testing {

struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> bgr;
  ImageView view() const { return {bgr.data(), width, height, 3 * static_cast<std::ptrdiff_t>(width)}; }
  void set(int x, int y, double b, double g, double r) {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    std::uint8_t* p =
        &bgr[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x))];
    p[0] = static_cast<std::uint8_t>(std::clamp(b, 0.0, 255.0));
    p[1] = static_cast<std::uint8_t>(std::clamp(g, 0.0, 255.0));
    p[2] = static_cast<std::uint8_t>(std::clamp(r, 0.0, 255.0));
  }
};

struct OreLook {
  double b = 50, g = 60, r = 95;   ///< mean colour: dark red
  double contrast = 0.25;          ///< lump to lump
};

/// Lumps of about `lump_px`, each with a shade and a tint of its own, fine grain on top, light falling to the sides.
inline Picture ore(int width, int height, double lump_px, std::uint64_t seed, const OreLook& look = {}) {
  Picture picture{width, height,
                  std::vector<std::uint8_t>(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height))};
  Rng rng(seed);
  const int columns = static_cast<int>(width / lump_px) + 2, rows = static_cast<int>(height / lump_px) + 2;
  struct Lump { double x, y, shade, tint; };
  std::vector<Lump> lumps;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      lumps.push_back({(c - 0.5 + rng.uniform()) * lump_px, (r - 0.5 + rng.uniform()) * lump_px,
                       std::exp(look.contrast * rng.normal()), 0.05 * rng.normal()});
    }
  }
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int cc = static_cast<int>(x / lump_px), rr = static_cast<int>(y / lump_px);
      double best = 1e9;
      const Lump* nearest = &lumps[0];
      for (int r = std::max(0, rr - 1); r <= std::min(rows - 1, rr + 2); ++r) {
        for (int c = std::max(0, cc - 1); c <= std::min(columns - 1, cc + 2); ++c) {
          const Lump& lump = lumps[static_cast<std::size_t>(r * columns + c)];
          const double d = std::hypot(lump.x - x, lump.y - y);
          if (d < best) best = d, nearest = &lump;
        }
      }
      const double u = 2.0 * x / width - 1;
      const double light =
          (1 - 0.25 * u * u) * nearest->shade * (1.15 - 0.45 * best / lump_px) * (1 + 0.08 * rng.normal());
      picture.set(x, y, look.b * light * (1 - nearest->tint), look.g * light, look.r * light * (1 + nearest->tint));
    }
  }
  return picture;
}

/// A bar of the given colour: centre, length, width in pixels, direction in degrees; `grain` is its own unevenness.
inline void lay_bar(Picture& picture, double cx, double cy, double length, double width, double degrees, double b,
                    double g, double r, double grain, std::uint64_t seed) {
  Rng rng(seed);
  const double cosine = std::cos(degrees * 3.14159265 / 180), sine = std::sin(degrees * 3.14159265 / 180);
  const int reach = static_cast<int>(length / 2 + width / 2) + 1;
  for (int y = static_cast<int>(cy) - reach; y <= static_cast<int>(cy) + reach; ++y) {
    for (int x = static_cast<int>(cx) - reach; x <= static_cast<int>(cx) + reach; ++x) {
      const double along = (x - cx) * cosine + (y - cy) * sine, across = -(x - cx) * sine + (y - cy) * cosine;
      if (std::abs(along) > length / 2 || std::abs(across) > width / 2) continue;
      const double k = 1 + grain * rng.normal();
      picture.set(x, y, b * k, g * k, r * k);
    }
  }
}

inline void lay_plate(Picture& p, double cx, double cy, double mm_per_px, std::uint64_t seed) {
  lay_bar(p, cx, cy, 600 / mm_per_px, 400 / mm_per_px, 20, 150, 148, 145, 0.03, seed);
}
inline void lay_beam(Picture& p, double cx, double cy, double mm_per_px, std::uint64_t seed) {
  lay_bar(p, cx, cy, 1200 / mm_per_px, 120 / mm_per_px, -30, 85, 125, 165, 0.08, seed);
}

}  // namespace beltwarden::vision::testing
