#include "science/vision/cutouts.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace beltwarden::vision {

namespace {

constexpr double kPi = std::numbers::pi;

double mixed(double a, double b, double share) { return a + share * (b - a); }

double length(double x, double y) { return std::sqrt(x * x + y * y); }  // far from overflow, and quicker than hypot

// Distance from a point to a segment.
double to_segment(double x, double y, double ax, double ay, double bx, double by) {
  const double dx = bx - ax, dy = by - ay;
  const double along = std::clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-9), 0.0, 1.0);
  return length(x - ax - along * dx, y - ay - along * dy);
}

// Covers by a signed distance in pixels, positive inside; half a pixel of softness each way.
template <class Distance>
void fill_outline(int width, int height, double turn, Distance distance, std::vector<float>& cover) {
  const double cosine = std::cos(turn), sine = std::sin(turn);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double dx = x - (width - 1) / 2.0, dy = y - (height - 1) / 2.0;
      const double inside = distance(dx * cosine + dy * sine, -dx * sine + dy * cosine);
      cover[static_cast<std::size_t>(y * width + x)] = static_cast<float>(std::clamp(inside + 0.5, 0.0, 1.0));
    }
  }
}

using Colour = std::array<double, 3>;  // blue, green, red

Colour random_colour(Rng& rng) {
  const double kind = rng.uniform();
  const double light = rng.uniform(25, 235);
  if (kind < 0.35) {  // grey with a slight tint: metal, concrete, paper, rubber
    return {light * rng.uniform(0.9, 1.1), light, light * rng.uniform(0.9, 1.1)};
  }
  if (kind < 0.6) {  // browns, yellows and reds: wood, brick, rust
    return {light * rng.uniform(0.3, 0.75), light * rng.uniform(0.5, 0.9), light};
  }
  Colour colour{};
  for (double& channel : colour) channel = rng.uniform(15, 240);
  return colour;
}

// A running mean of `length_px` along y; the border repeats.
void blur_rows(std::vector<float>& plane, int width, int height, double length_px) {
  const int reach = static_cast<int>(std::ceil((length_px - 1) / 2));
  if (reach < 1) return;
  const float outer = static_cast<float>((length_px - 1) / 2 - (reach - 1));  // weight of the two ends
  const float share = 1 / (static_cast<float>(2 * reach - 1) + 2 * outer);
  const std::vector<float> from = plane;
  const auto row = [&](int y) { return &from[static_cast<std::size_t>(std::clamp(y, 0, height - 1) * width)]; };
  for (int y = 0; y < height; ++y) {
    float* to = &plane[static_cast<std::size_t>(y * width)];
    std::fill(to, to + width, 0.0f);
    for (int d = -reach; d <= reach; ++d) {
      const float weight = share * (std::abs(d) == reach ? outer : 1);
      const float* line = row(y + d);
      for (int x = 0; x < width; ++x) to[x] += weight * line[x];
    }
  }
}

struct Patch {  // a turned, scaled window into a picture
  double x, y, cosine, sine;
  bool mirrored;
};

Patch random_patch(const Picture& ore, int width, int height, double scale, Rng& rng) {
  const double turn = rng.uniform(0, 2 * kPi);
  const double reach = length(width, height) / 2 * scale + 1;
  const auto middle = [&](int length) {
    return length > 2 * reach ? rng.uniform(reach, length - reach) : length / 2.0;
  };
  const double x = middle(ore.width), y = middle(ore.height);
  return {x, y, scale * std::cos(turn), scale * std::sin(turn), rng.uniform() < 0.5};
}

void sample(const Picture& ore, const Patch& patch, double dx, double dy, float* bgr) {
  if (patch.mirrored) dx = -dx;
  const float x = static_cast<float>(std::clamp(patch.x + dx * patch.cosine - dy * patch.sine, 0.0, ore.width - 1.01));
  const float y = static_cast<float>(std::clamp(patch.y + dx * patch.sine + dy * patch.cosine, 0.0, ore.height - 1.01));
  const int ix = static_cast<int>(x), iy = static_cast<int>(y);
  const float fx = x - static_cast<float>(ix), fy = y - static_cast<float>(iy);
  const std::uint8_t *p = ore.at(ix, iy), *q = ore.at(ix, iy + 1);
  for (int k = 0; k < 3; ++k) {
    const float upper = p[k] + fx * static_cast<float>(p[k + 3] - p[k]), lower = q[k] + fx * static_cast<float>(q[k + 3] - q[k]);
    bgr[k] = upper + fy * (lower - upper);
  }
}

// The outline `alpha` (w x h at left, top), moved a little and softened, darkens the scene.
void cast_shadow(Canvas& scene, const std::vector<float>& alpha, int w, int h, int left, int top, double depth, Rng& rng) {
  constexpr int kMostShift = 4, kMostSoft = 4, kReach = kMostShift + kMostSoft;   // as far as a shadow falls
  const double sx = rng.uniform(-kMostShift, kMostShift), sy = rng.uniform(-kMostShift, kMostShift), reach = rng.uniform(1.5, kMostSoft);
  const int width = w + 2 * kReach;
  std::vector<float> dark(static_cast<std::size_t>(width * (h + 2 * kReach)), 0.0f);
  for (int tap = 0; tap < 9; ++tap) {
    const int dx = kReach + static_cast<int>(std::lround(sx + reach * (tap % 3 - 1)));
    const int dy = kReach + static_cast<int>(std::lround(sy + reach * (tap / 3 - 1)));
    for (int y = 0; y < h; ++y) {
      const float* from = &alpha[static_cast<std::size_t>(y * w)];
      float* to = &dark[static_cast<std::size_t>((y + dy) * width + dx)];
      for (int x = 0; x < w; ++x) to[x] += from[x];
    }
  }
  const float share = static_cast<float>(depth / 9);
  const int x_from = std::max(0, kReach - left), x_to = std::min(width, scene.width - left + kReach);
  for (int y = std::max(0, kReach - top); y < std::min(h + 2 * kReach, scene.height - top + kReach); ++y) {
    for (auto& plane : scene.plane) {
      float* to = plane.data() + scene.index(0, top + y - kReach);
      for (int x = x_from; x < x_to; ++x) to[left + x - kReach] *= 1 - share * dark[static_cast<std::size_t>(y * width + x)];
    }
  }
}

}  // namespace

float nearly_normal(Rng& rng) {
  const std::uint64_t bits = rng.next();
  const auto sum = static_cast<std::int32_t>((bits & 0x1fffff) + (bits >> 21 & 0x1fffff) + (bits >> 42 & 0x1fffff));
  return static_cast<float>(sum) * (2.0f / 0x200000) - 3.0f;
}

std::vector<float> smooth_noise(int width, int height, double cell_px_x, double cell_px_y, Rng& rng) {
  const int columns = static_cast<int>(width / cell_px_x) + 3, rows = static_cast<int>(height / cell_px_y) + 3;
  std::vector<float> lattice(static_cast<std::size_t>(columns * rows));
  for (float& value : lattice) value = static_cast<float>(rng.uniform(-1.7, 1.7));
  std::vector<float> out(static_cast<std::size_t>(width * height));
  const auto ease = [](double t) { return static_cast<float>(t * t * (3 - 2 * t)); };
  std::vector<int> column_of(static_cast<std::size_t>(width));
  std::vector<float> share_of(column_of.size()), line(static_cast<std::size_t>(columns));
  for (std::size_t x = 0; x < column_of.size(); ++x) {
    const double u = static_cast<double>(x) / cell_px_x;
    column_of[x] = static_cast<int>(u);
    share_of[x] = ease(u - column_of[x]);
  }
  float* to = out.data();
  for (int y = 0; y < height; ++y) {
    const double v = y / cell_px_y;
    const int row = static_cast<int>(v);
    const float share = ease(v - row);
    const float *upper = &lattice[static_cast<std::size_t>(row * columns)], *lower = upper + columns;
    for (std::size_t c = 0; c < line.size(); ++c) line[c] = upper[c] + share * (lower[c] - upper[c]);
    for (std::size_t x = 0; x < column_of.size(); ++x) {
      const float* from = &line[static_cast<std::size_t>(column_of[x])];
      *to++ = from[0] + share_of[x] * (from[1] - from[0]);
    }
  }
  return out;
}

std::vector<float> random_outline(double long_side_px, int& width, int& height, Rng& rng) {
  const double half = long_side_px / 2;
  width = height = static_cast<int>(std::ceil(long_side_px)) + 6;
  std::vector<float> cover(static_cast<std::size_t>(width * height));
  const double turn = rng.uniform(0, 2 * kPi);
  const double aspect = std::exp(rng.uniform(std::log(0.3), 0.0));
  const double kind = rng.uniform();
  if (kind < 0.15) {
    fill_outline(width, height, turn, [&](double x, double y) {
      const double r = length(x / half, y / (half * aspect));
      return (1 - r) * half * aspect;
    }, cover);
  } else if (kind < 0.38) {  // box with rounded corners; thin ones are bars
    const double a = half * 0.97, b = std::max(2.0, half * aspect * (rng.uniform() < 0.3 ? 0.4 : 0.9));
    const double round = rng.uniform(0, 0.4) * b;
    fill_outline(width, height, turn, [&](double x, double y) {
      const double dx = std::max(std::abs(x) - a + round, 0.0), dy = std::max(std::abs(y) - b + round, 0.0);
      return round - length(dx, dy) - (round == 0 ? 1 : 0);
    }, cover);
  } else if (kind < 0.62) {  // lump or polygon: radius by direction
    double amplitude[6], phase[6];
    for (int i = 0; i < 6; ++i) {
      amplitude[i] = rng.normal() * 0.18 / (1 + 0.5 * i);
      phase[i] = rng.uniform(0, 2 * kPi);
    }
    const int corners = 3 + static_cast<int>(rng.below(5));
    const bool polygon = rng.uniform() < 0.5;
    constexpr int kDirections = 360;
    double edge_at[kDirections + 1];
    for (int d = 0; d <= kDirections; ++d) {
      const double angle = 2 * kPi * d / kDirections - kPi;
      double edge = 0.85;
      for (int i = 0; i < 6; ++i) edge += amplitude[i] * std::cos((i + 2) * angle + phase[i]);
      if (polygon) {
        const double sector = 2 * kPi / corners, local = std::fmod(angle + 4 * kPi, sector) - sector / 2;
        edge = (0.8 + 0.4 * amplitude[0]) * std::cos(sector / 2) / std::cos(local) + amplitude[1] * std::cos(angle + phase[1]);
      }
      edge_at[d] = std::clamp(edge, 0.3, 1.0) * half;
    }
    fill_outline(width, height, turn, [&](double x, double y) {
      const double place = (std::atan2(y / aspect, x) + kPi) * (kDirections / (2 * kPi));
      const int d = std::clamp(static_cast<int>(place), 0, kDirections - 1);
      return (mixed(edge_at[d], edge_at[d + 1], place - d) - length(x, y / aspect)) * aspect;
    }, cover);
  } else if (kind < 0.82) {  // rope, hose, cable, wire: a bent line
    double px[6], py[6];
    const double bend = rng.uniform(0.1, 1.3);
    double direction = rng.uniform(-0.3, 0.3);
    px[0] = py[0] = 0;
    for (int i = 1; i < 6; ++i) {
      direction += bend * rng.normal() * 0.6;
      px[i] = px[i - 1] + std::cos(direction);
      py[i] = py[i - 1] + std::sin(direction);
    }
    const auto [x_low, x_high] = std::minmax_element(px, px + 6);
    const auto [y_low, y_high] = std::minmax_element(py, py + 6);
    const double span = std::max({*x_high - *x_low, *y_high - *y_low, 1.0});
    const double scale = 0.9 * long_side_px / span, mx = (*x_high + *x_low) / 2, my = (*y_high + *y_low) / 2;
    for (int i = 0; i < 6; ++i) px[i] = (px[i] - mx) * scale, py[i] = (py[i] - my) * scale;
    const double thick = std::max(1.6, half * rng.uniform(0.05, 0.28));
    fill_outline(width, height, turn, [&](double x, double y) {
      double nearest = 1e9;
      for (int i = 0; i + 1 < 6; ++i) nearest = std::min(nearest, to_segment(x, y, px[i], py[i], px[i + 1], py[i + 1]));
      return thick - nearest;
    }, cover);
  } else if (kind < 0.9) {  // ring
    const double inner = rng.uniform(0.35, 0.75);
    fill_outline(width, height, turn, [&](double x, double y) {
      const double r = length(x, y / aspect);
      return std::min(half - r, r - inner * half) * aspect;
    }, cover);
  } else {  // angle or T of two bars
    const double thick = half * rng.uniform(0.15, 0.35), at = rng.uniform(-0.8, 0.8) * half;
    fill_outline(width, height, turn, [&](double x, double y) {
      const double first = std::min(half * 0.9 - std::abs(x), thick - std::abs(y));
      const double second = std::min(thick - std::abs(x - at), std::min(half * 0.8 - y, y + thick));
      return std::max(first, second);
    }, cover);
  }
  return cover;
}

Cutout random_object(double long_side_px, Rng& rng) {
  int w = 0, h = 0;
  std::vector<float> cover = random_outline(long_side_px, w, h, rng);
  Cutout piece{Canvas(w, h), std::move(cover)};
  const Colour base = random_colour(rng), second = random_colour(rng);
  const double turn = rng.uniform(0, 2 * kPi), cosine = std::cos(turn), sine = std::sin(turn);
  const double slope = rng.uniform() < 0.7 ? rng.uniform(0, 0.7) : 0;       // light across the object
  const double round = rng.uniform() < 0.4 ? rng.uniform(0, 0.8) : 0;       // darker to the sides: pipes, hoses
  const double grain = rng.uniform() < 0.6 ? rng.uniform(0.02, 0.25) : 0.0;  // fine
  const double spots = rng.uniform() < 0.5 ? rng.uniform(0.05, 0.4) : 0.0;   // coarse
  const double stripes = rng.uniform() < 0.35 ? rng.uniform(0.1, 0.9) : 0.0;
  const double period = rng.uniform(3, 14), phase = rng.uniform(0, 2 * kPi);
  const double patches = rng.uniform() < 0.3 ? rng.uniform(0.3, 1.0) : 0.0;  // labels, print, rust
  const double glint = rng.uniform() < 0.3 ? rng.uniform(0.2, 1.0) : 0.0;
  const double glint_at = rng.uniform(-0.3, 0.3) * long_side_px, glint_width = rng.uniform(1.5, 0.15 * long_side_px + 2);
  const double along = rng.uniform() < 0.5 ? rng.uniform(2, 10) : 1;         // grain drawn out along y: wood, rust runs
  const std::vector<float> fine = smooth_noise(w, h, 1.2, 1.2 * along, rng);
  const std::vector<float> coarse = smooth_noise(w, h, std::max(3.0, long_side_px / 8), std::max(3.0, long_side_px / 5), rng);
  const std::vector<float> large = smooth_noise(w, h, std::max(4.0, long_side_px / 3), std::max(4.0, long_side_px / 3), rng);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const std::size_t i = piece.colour.index(x, y);
      if (piece.cover[i] <= 0) continue;
      const double dx = x - w / 2.0, dy = y - h / 2.0;
      const double u = dx * cosine + dy * sine, v = -dx * sine + dy * cosine;
      double light = 1 + slope * u / (long_side_px / 2 + 1) - round * std::pow(v / (long_side_px / 2 + 1), 2);
      light *= 1 + grain * static_cast<double>(fine[i]) + spots * static_cast<double>(coarse[i]);
      double share = 0;
      if (stripes > 0) share = stripes * (std::sin(2 * kPi * u / period + phase) > 0 ? 1 : 0);
      if (patches > 0 && static_cast<double>(large[i]) > 0.4) share = std::max(share, patches);
      const double shine = glint * std::exp(-std::pow((v - glint_at) / glint_width, 2));
      for (std::size_t k = 0; k < 3; ++k) {
        const double value = mixed(base[k], second[k], share) * std::max(0.05, light);
        piece.colour.plane[k][i] = static_cast<float>(std::clamp(mixed(value, 250.0, shine), 0.0, 255.0));
      }
    }
  }
  return piece;
}

Cutout random_ore_piece(const Picture& ore, double long_side_px, Rng& rng) {
  int w = 0, h = 0;
  std::vector<float> cover = random_outline(long_side_px, w, h, rng);
  Cutout piece{Canvas(w, h), std::move(cover)};
  const Patch patch = random_patch(ore, w, h, rng.uniform(0.6, 1.5), rng);
  // Ore from elsewhere on the belt: lit otherwise, drier or of another vein.
  const bool same = rng.uniform() < 0.5;
  float gain[3];
  const double light = same ? 1.0 : std::exp(rng.normal() * 0.2);
  for (float& g : gain) g = static_cast<float>(same ? 1.0 : light * std::exp(rng.normal() * 0.07));
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      if (piece.cover[piece.colour.index(x, y)] <= 0) continue;
      float bgr[3];
      sample(ore, patch, x - w / 2.0, y - h / 2.0, bgr);
      for (std::size_t k = 0; k < 3; ++k) piece.colour.plane[k][piece.colour.index(x, y)] = std::min(255.0f, bgr[k] * gain[k]);
    }
  }
  return piece;
}

Laying random_laying(Rng& rng) {
  Laying laying;
  laying.camouflage = rng.uniform() < 0.25 ? 0 : rng.uniform(0, 0.9);
  laying.buried = rng.uniform() < 0.4 ? rng.uniform(0.05, 0.5) : 0;
  laying.shadow = rng.uniform() < 0.75 ? rng.uniform(0.05, 0.6) : 0;
  laying.motion_blur_px = rng.uniform(1, 4.5);
  return laying;
}

void lay(Canvas& scene, const Cutout& piece, double x, double y, const Laying& laying, const Picture& dust, Rng& rng,
         std::vector<float>& cover) {
  const int w = piece.colour.width, h = piece.colour.height;
  const int left = static_cast<int>(std::lround(x - w / 2.0)), top = static_cast<int>(std::lround(y - h / 2.0));
  std::vector<float> alpha = piece.cover;
  if (laying.buried > 0) {  // ore lies over one side, along a ragged line
    const double turn = rng.uniform(0, 2 * kPi), cosine = std::cos(turn), sine = std::sin(turn);
    const std::vector<float> ragged = smooth_noise(w, h, 4, 4, rng);
    const double limit = (0.5 - laying.buried) * 0.8 * w;
    for (int py = 0; py < h; ++py) {
      for (int px = 0; px < w; ++px) {
        const std::size_t i = piece.colour.index(px, py);
        const double along = (px - w / 2.0) * cosine + (py - h / 2.0) * sine + 2.5 * static_cast<double>(ragged[i]);
        alpha[i] *= static_cast<float>(std::clamp(limit - along + 0.5, 0.0, 1.0));
      }
    }
  }
  // Means over the piece and over the ore round it.
  double mine[3] = {}, ore[3] = {}, weight = 0, count = 0;
  for (int py = 0; py < h; ++py) {
    for (int px = 0; px < w; ++px) {
      const std::size_t i = piece.colour.index(px, py);
      for (std::size_t k = 0; k < 3; ++k) mine[k] += static_cast<double>(alpha[i] * piece.colour.plane[k][i]);
      weight += static_cast<double>(alpha[i]);
      const int sx = left + px, sy = top + py;
      if (sx < 0 || sy < 0 || sx >= scene.width || sy >= scene.height) continue;
      for (std::size_t k = 0; k < 3; ++k) ore[k] += static_cast<double>(scene.plane[k][scene.index(sx, sy)]);
      ++count;
    }
  }
  if (weight < 1 || count < 1) return;
  const double c = laying.camouflage, toward = c * rng.uniform(0.8, 1.1), contrast = 1 - 0.75 * c;
  Canvas colour = piece.colour;
  const Patch dusty = random_patch(dust, w, h, 1, rng);
  const std::vector<float> clouds = smooth_noise(w, h, 7, 7, rng), specks = smooth_noise(w, h, 1.5, 1.5, rng);
  const double dust_level = c * rng.uniform(0.3, 1.1) + (rng.uniform() < 0.3 ? rng.uniform(0, 0.3) : 0);
  const double noise = rng.uniform(0, 5);
  double target[3];
  for (std::size_t k = 0; k < 3; ++k) target[k] = mixed(mine[k] / weight, ore[k] / count, std::min(1.0, toward));
  const auto drawn = [&](std::size_t k, double value) { return target[k] + contrast * (value - mine[k] / weight); };
  // Where nothing of it is to be seen a piece is black, and its own blur below brings some of that in: the dark rim that things lie in,
  // and that ore pasted the same way has too.
  float beyond[3];
  for (std::size_t k = 0; k < 3; ++k) beyond[k] = static_cast<float>(std::clamp(drawn(k, 0), 0.0, 255.0));
  for (int py = 0; py < h; ++py) {
    for (int px = 0; px < w; ++px) {
      const std::size_t i = colour.index(px, py);
      if (alpha[i] <= 0) {
        for (std::size_t k = 0; k < 3; ++k) colour.plane[k][i] = beyond[k];
        continue;
      }
      float over[3];
      sample(dust, dusty, px - w / 2.0, py - h / 2.0, over);
      const double covered =
          std::clamp(dust_level * (0.6 + 0.35 * static_cast<double>(clouds[i]) + 0.25 * static_cast<double>(specks[i])), 0.0, 0.9);
      for (std::size_t k = 0; k < 3; ++k) {
        const double value = drawn(k, static_cast<double>(colour.plane[k][i]));
        colour.plane[k][i] = static_cast<float>(std::clamp(mixed(value, static_cast<double>(over[k]), covered), 0.0, 255.0));
      }
    }
  }
  if (laying.shadow > 0) cast_shadow(scene, alpha, w, h, left, top, laying.shadow, rng);
  // The frame was blurred by its motion already.
  for (std::size_t k = 0; k < 3; ++k) blur_rows(colour.plane[k], w, h, laying.motion_blur_px);
  blur_rows(alpha, w, h, laying.motion_blur_px);
  for (int py = std::max(0, -top); py < std::min(h, scene.height - top); ++py) {
    for (int px = std::max(0, -left); px < std::min(w, scene.width - left); ++px) {
      const std::size_t i = colour.index(px, py), to = scene.index(left + px, top + py);
      if (alpha[i] <= 0) continue;
      const float grain = static_cast<float>(noise) * nearly_normal(rng);
      for (std::size_t k = 0; k < 3; ++k) scene.plane[k][to] += alpha[i] * (colour.plane[k][i] + grain - scene.plane[k][to]);
      cover[to] = std::max(cover[to], alpha[i]);
    }
  }
}

}  // namespace beltwarden::vision
