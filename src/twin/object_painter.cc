#include "twin/object_painter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/rng.h"

namespace beltwarden::twin {
namespace {

// A number in -1 ... 1 that belongs to a place on an object.
double grain(std::uint64_t look, int u, int v) {
  std::uint64_t h =
      look ^ (static_cast<std::uint64_t>(static_cast<std::uint32_t>(u)) << 32 | static_cast<std::uint32_t>(v));
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
  return static_cast<double>((h ^ (h >> 33)) >> 11) * 0x1.0p-52 - 1;
}

double smooth_grain(std::uint64_t look, double u, double v) {
  const int iu = static_cast<int>(std::floor(u)), iv = static_cast<int>(std::floor(v));
  const double tu = u - iu, tv = v - iv;
  const double top = grain(look, iu, iv) * (1 - tu) + grain(look, iu + 1, iv) * tu;
  const double bottom = grain(look, iu, iv + 1) * (1 - tu) + grain(look, iu + 1, iv + 1) * tu;
  return top * (1 - tv) + bottom * tv;
}

struct Surface {
  std::array<double, 3> bgr{};
  std::array<double, 3> spots{};  // rust, knots, dirt
  double spot_share = 0;
  double stripes = 0;  // along the length: wood grain; across: twisted rope
  bool across = false;
  double gloss = 0;
  double dust = 0;  // of the ore's own colour
};

Surface surface_of(const PaintedObject& o) {
  Rng rng(o.look, 17);
  const double level = rng.uniform(0.9, 1.1);
  Surface s;
  if (o.kind == "steel_plate")
    s = {{158, 152, 148}, {52, 82, 128}, rng.uniform(.05, .3), .02, false, .22, rng.uniform(.05, .22)};
  else if (o.kind == "wooden_beam")
    s = {{98, 146, 186}, {52, 86, 122}, .08, .14, false, .03, rng.uniform(.05, .25)};
  else if (o.kind == "rope")
    s = {{150, 178, 190}, {96, 120, 138}, .15, .22, true, .02, rng.uniform(.05, .25)};
  else if (o.kind == "plastic_sheet")
    s = {{196, 160, 84}, {220, 210, 200}, .06, .03, false, .18, rng.uniform(.03, .2)};
  else
    s = {{36, 34, 33}, {70, 68, 66}, .06, .03, false, .06, rng.uniform(.02, .12)};  // rubber
  for (auto& c : s.bgr) c *= level;
  return s;
}

// The bends of a rope: how far its middle line lies from the straight one at a share (-0.5 ... 0.5) of its length.
double bend(const PaintedObject& o, double share) {
  const double a = 0.10 + 0.06 * grain(o.look, 1, 0), b = 0.04 * grain(o.look, 2, 0);
  const double phase = std::numbers::pi * grain(o.look, 3, 0);
  return o.length * (a * std::sin(5.2 * share + phase) + b * std::sin(13 * share + 2 * phase));
}

}  // namespace

double reach_along(const PaintedObject& o) {
  return o.kind == "rope" ? 0.7 * o.length + o.width : 0.5 * std::hypot(o.length, o.width) + 2;
}

std::optional<material::Box> paint(const PaintedObject& o, int width, int height, std::uint8_t* bgr) {
  const double reach = reach_along(o);
  const int x0 = std::max(0, static_cast<int>(o.centre_x - reach)),
            x1 = std::min(width - 1, static_cast<int>(o.centre_x + reach) + 1);
  const int y0 = std::max(0, static_cast<int>(o.centre_y - reach)),
            y1 = std::min(height - 1, static_cast<int>(o.centre_y + reach) + 1);
  if (x0 > x1 || y0 > y1) return std::nullopt;
  const Surface surface = surface_of(o);
  const double cosine = std::cos(o.angle_rad), sine = std::sin(o.angle_rad);
  const double half_length = o.length / 2, half_width = o.width / 2;
  const bool rope = o.kind == "rope";
  material::Box box{width, height, -1, -1};
  for (int y = y0; y <= y1; ++y) {
    for (int x = x0; x <= x1; ++x) {
      const double dx = x + 0.5 - o.centre_x, dy = y + 0.5 - o.centre_y;
      const double u = dy * cosine + dx * sine;  // along the object
      double v = dx * cosine - dy * sine;        // across it
      if (rope) v -= bend(o, std::clamp(u / o.length, -0.5, 0.5));
      const double inside = std::min(half_length - std::abs(u), half_width - std::abs(v));
      std::uint8_t* p = bgr + (static_cast<std::size_t>(y) * width + x) * 3;
      const std::uint8_t* real = nullptr;
      if (o.picture != nullptr) {
        real = o.picture->at(0.5 + u / o.length, 0.5 + v / o.width);
        if (real == nullptr || real[3] < 128) continue;
      }
      if (inside < -1.5) continue;
      if (inside < -0.5) {  // the shadow round it
        for (int c = 0; c < 3; ++c) p[c] = static_cast<std::uint8_t>(p[c] * 0.72);
        continue;
      }
      const double scale = std::max(2.0, o.width / 4);
      // Ore on top of it, in patches.
      if (o.buried > 0 && 0.5 + 0.5 * smooth_grain(o.look ^ 0xb0, u / scale, v / scale) < o.buried * 0.9) continue;
      double light =
          1 + surface.gloss * (0.8 * v / std::max(1.0, half_width) + 0.5 * smooth_grain(o.look ^ 0x61, u / 9, v / 5));
      light +=
          surface.stripes * (surface.across ? std::sin(2.1 * u + v) : smooth_grain(o.look ^ 0x5a, u / 24, v * 1.1));
      if (rope) light *= 1 - 0.35 * std::pow(std::abs(v) / std::max(1.0, half_width), 2);
      light += 0.05 * grain(o.look, x - x0, y - y0);
      const bool spot =
          0.5 + 0.5 * smooth_grain(o.look ^ 0x77, u / (scale * 0.7), v / (scale * 0.7)) < surface.spot_share;
      const double edge = std::clamp(inside + 0.5, 0.0, 1.0);  // antialiasing
      for (int c = 0; c < 3; ++c) {
        const auto i = static_cast<std::size_t>(c);
        const double own = real != nullptr ? real[i] : (spot ? surface.spots[i] : surface.bgr[i]) * light;
        const double seen = own * (1 - surface.dust) + p[c] * surface.dust;
        p[c] = static_cast<std::uint8_t>(std::clamp(p[c] + edge * (seen - p[c]), 0.0, 255.0));
      }
      box.x = std::min(box.x, x), box.y = std::min(box.y, y);
      box.w = std::max(box.w, x), box.h = std::max(box.h, y);
    }
  }
  if (box.w < 0) return std::nullopt;
  box.w = box.w - box.x + 1;
  box.h = box.h - box.y + 1;
  return box;
}

}  // namespace beltwarden::twin
