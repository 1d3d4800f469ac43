#include "twin/ore_texture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace beltwarden::twin {
namespace {

// Smooth random field, mean 0 and sd near 1, with features of `period_px`.
class Field {
 public:
  Field(int width, int rows, double period_px, Rng& rng)
      : period_(std::max(1.0, period_px)),
        columns_(static_cast<int>(width / period_) + 3),
        values_(static_cast<std::size_t>(columns_) * (static_cast<std::size_t>(rows / period_) + 3)) {
    for (auto& v : values_) v = static_cast<float>(rng.normal() * 1.4);  // interpolation takes some of it away
  }
  float at(int x, int y) const {
    const double fx = x / period_, fy = y / period_;
    const auto ix = static_cast<std::size_t>(fx), iy = static_cast<std::size_t>(fy);
    const float tx = ease(fx - static_cast<double>(ix)), ty = ease(fy - static_cast<double>(iy));
    const float* p = values_.data() + iy * static_cast<std::size_t>(columns_) + ix;
    const float top = p[0] + tx * (p[1] - p[0]);
    const float bottom = p[columns_] + tx * (p[columns_ + 1] - p[columns_]);
    return top + ty * (bottom - top);
  }

 private:
  static float ease(double t) { return static_cast<float>(t * t * (3 - 2 * t)); }
  double period_;
  int columns_;
  std::vector<float> values_;
};

std::uint8_t to_byte(double v) { return static_cast<std::uint8_t>(std::clamp(v, 0.0, 255.0)); }

// Lumps lie on the fines: ellipses with a lit and a shaded side.
void add_lumps(const Look& look, double mm_per_px, int width, int rows, std::vector<float>& shade,
               std::vector<float>& tint, Rng& rng) {
  const double radius_px = look.lump_mm / mm_per_px / 2;
  if (look.lump_share <= 0 || radius_px < 0.4) return;
  const double area = std::numbers::pi * radius_px * radius_px * 1.2;
  const auto count = static_cast<long>(look.lump_share * width * rows / area);
  for (long i = 0; i < count; ++i) {
    const double cx = rng.uniform(0, width), cy = rng.uniform(0, rows);
    const double a = radius_px * std::exp(rng.normal(0, 0.35)), b = a * rng.uniform(0.6, 1.0);
    const double angle = rng.uniform(0, std::numbers::pi), cosine = std::cos(angle), sine = std::sin(angle);
    const float level = static_cast<float>(rng.normal(0, 0.8)), colour = static_cast<float>(rng.normal(0, 0.8));
    const int reach = static_cast<int>(std::ceil(a)) + 1;
    for (int y = std::max(0, static_cast<int>(cy) - reach); y <= std::min(rows - 1, static_cast<int>(cy) + reach);
         ++y) {
      for (int x = std::max(0, static_cast<int>(cx) - reach); x <= std::min(width - 1, static_cast<int>(cx) + reach);
           ++x) {
        const double dx = x - cx, dy = y - cy;
        const double u = (dx * cosine + dy * sine) / a, v = (-dx * sine + dy * cosine) / b;
        const double r = u * u + v * v;
        const auto at = static_cast<std::size_t>(y) * width + x;
        if (r <= 1) {
          shade[at] = level + static_cast<float>(-1.1 * (dx + dy) / (a * 1.5));  // light from the upper left
          tint[at] = colour;
        } else if (r <= 1.5 && dx + dy > 0) {
          shade[at] -= 0.8f;  // its shadow
        }
      }
    }
  }
}

// Subtracts the mean of a square of 2 reach + 1 pixels round each pixel.
void flatten(std::vector<float>& plane, int width, int height, int reach) {
  std::vector<double> sums(static_cast<std::size_t>(width + 1) * (height + 1), 0.0);
  const auto at = [width](int x, int y) { return static_cast<std::size_t>(y) * (width + 1) + x; };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      sums[at(x + 1, y + 1)] =
          plane[static_cast<std::size_t>(y) * width + x] + sums[at(x, y + 1)] + sums[at(x + 1, y)] - sums[at(x, y)];
    }
  }
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int x0 = std::max(0, x - reach), x1 = std::min(width, x + reach + 1), y0 = std::max(0, y - reach),
                y1 = std::min(height, y + reach + 1);
      const double sum = sums[at(x1, y1)] - sums[at(x0, y1)] - sums[at(x1, y0)] + sums[at(x0, y0)];
      plane[static_cast<std::size_t>(y) * width + x] -= static_cast<float>(sum / ((x1 - x0) * (y1 - y0)));
    }
  }
}

// A real picture's lightness and tint, scaled to our pixels.
void sample_real(const ReferenceData::Picture& picture, double mm_per_px, int width, int rows,
                 std::vector<float>& shade, std::vector<float>& tint, Rng& rng) {
  const double k = mm_per_px / picture.mm_per_px;
  const int w = std::max(1, static_cast<int>(picture.width / k)), h = std::max(1, static_cast<int>(picture.height / k));
  std::vector<float> light(static_cast<std::size_t>(w) * h), red(light.size());
  double square = 0, red_square = 0;
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const int x0 = static_cast<int>(x * k), x1 = std::max(x0 + 1, static_cast<int>((x + 1) * k));
      const int y0 = static_cast<int>(y * k), y1 = std::max(y0 + 1, static_cast<int>((y + 1) * k));
      double l = 0, r = 0;
      int n = 0;
      for (int yy = y0; yy < std::min(y1, picture.height); ++yy) {
        for (int xx = x0; xx < std::min(x1, picture.width); ++xx, ++n) {
          const std::uint8_t* p = picture.bgr.data() + (static_cast<std::size_t>(yy) * picture.width + xx) * 3;
          l += p[0] + p[1] + p[2];
          r += p[2] - p[0];
        }
      }
      const auto at = static_cast<std::size_t>(y) * w + x;
      light[at] = static_cast<float>(l / std::max(1, n)), red[at] = static_cast<float>(r / std::max(1, n));
    }
  }
  // Lamps light the middle more than the sides: take off what is wider than half a metre.
  flatten(light, w, h, static_cast<int>(250 / mm_per_px));
  flatten(red, w, h, static_cast<int>(250 / mm_per_px));
  for (auto& v : light) square += v * v;
  for (auto& v : red) red_square += v * v;
  const double n = static_cast<double>(light.size());
  const float sd = static_cast<float>(std::sqrt(std::max(1.0, square / n))),
              red_sd = static_cast<float>(std::sqrt(std::max(1.0, red_square / n)));
  // Cut and lay anew: patches of irregular outline from all over the picture, turned by half circles. A mirrored or
  // repeated picture would show patterns that no ore has.
  const double cell = std::max(8.0, std::min({600 / mm_per_px, w / 2.5, h / 2.5}));
  struct Patch {
    double x, y;
    int from_x, from_y, turn_x, turn_y;
  };
  const int columns = static_cast<int>(width / cell) + 3;
  std::vector<Patch> patches(static_cast<std::size_t>(columns) * (static_cast<std::size_t>(rows / cell) + 3));
  for (std::size_t i = 0; i < patches.size(); ++i) {
    const double column = static_cast<double>(i % static_cast<std::size_t>(columns)),
                 line = static_cast<double>(i / static_cast<std::size_t>(columns));
    patches[i] = {(column - 1 + rng.uniform()) * cell,
                  (line - 1 + rng.uniform()) * cell,
                  static_cast<int>(rng.uniform(0.3, 0.7) * w),
                  static_cast<int>(rng.uniform(0.3, 0.7) * h),
                  rng.below(2) == 0 ? 1 : -1,
                  rng.below(2) == 0 ? 1 : -1};
  }
  const auto within = [](int i, int size) {
    const int m = std::abs(i) % (2 * size);
    return m < size ? m : 2 * size - 1 - m;
  };
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < width; ++x) {
      const int column = static_cast<int>(x / cell) + 1, line = static_cast<int>(y / cell) + 1;
      const Patch* nearest = nullptr;
      double least = 1e18;
      for (int l = line - 1; l <= line + 1; ++l) {
        for (int c = column - 1; c <= column + 1; ++c) {
          const Patch& p = patches[static_cast<std::size_t>(l) * columns + c];
          const double d = (p.x - x) * (p.x - x) + (p.y - y) * (p.y - y);
          if (d < least) least = d, nearest = &p;
        }
      }
      const int fx = within(nearest->from_x + nearest->turn_x * (x - static_cast<int>(nearest->x)), w);
      const int fy = within(nearest->from_y + nearest->turn_y * (y - static_cast<int>(nearest->y)), h);
      const auto from = static_cast<std::size_t>(fy) * w + fx, at = static_cast<std::size_t>(y) * width + x;
      shade[at] = std::clamp(light[from] / sd, -3.0f, 3.0f);
      tint[at] = std::clamp(red[from] / red_sd, -3.0f, 3.0f);
    }
  }
}

}  // namespace

Look look_of(std::string_view material) {
  // Colours as of moist ore under white light; invented with the brands.
  if (material == "Morrow Creek fines") return {{52, 92, 142}, {70, 120, 172}, .13, .16, 70};
  if (material == "Serra Alta sinter feed") return {{46, 50, 92}, {62, 66, 112}, .12, .10, 55};
  if (material == "Tallow Ridge fines") return {{54, 60, 104}, {96, 104, 138}, .13, .14, 60};
  if (material == "Norrberg magnetite concentrate") return {{66, 64, 63}, {84, 81, 79}, .10, .03, 45};
  if (material == "Vale Corvo lump") return {{50, 70, 108}, {76, 100, 134}, .18, .55, 110};
  if (material == "slag") return {{132, 138, 138}, {172, 176, 170}, .20, .50, 130};
  if (material == "belt") return {{44, 42, 40}, {50, 50, 52}, .04, 0, 0};
  return {{48, 72, 120}, {66, 94, 148}, .13, .15, 65};  // Karstad fines
}

std::vector<Strip> make_strips(const Look& look, int width, int rows, int count, double mm_per_px,
                               const std::vector<ReferenceData::Picture>& real_ore, Rng& rng) {
  std::vector<Strip> strips;
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(rows);
  for (int i = 0; i < count; ++i) {
    const Field fine(width, rows, 25 / mm_per_px, rng), middle(width, rows, 110 / mm_per_px, rng),
        wide(width, rows, 700 / mm_per_px, rng);
    const Field hue(width, rows, 160 / mm_per_px, rng);
    std::vector<float> shade(pixels), tint(pixels);
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto at = static_cast<std::size_t>(y) * width + x;
        shade[at] = 0.75f * fine.at(x, y) + 0.50f * middle.at(x, y);
        tint[at] = hue.at(x, y);
      }
    }
    if (!real_ore.empty() && look.lump_share > 0) {
      sample_real(real_ore[static_cast<std::size_t>(i) % real_ore.size()], mm_per_px, width, rows, shade, tint, rng);
    } else {
      add_lumps(look, mm_per_px, width, rows, shade, tint, rng);
    }
    Strip strip{width, rows, std::vector<std::uint8_t>(pixels * 3)};
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto at = static_cast<std::size_t>(y) * width + x;
        const double light = 1 + look.grain_contrast * shade[at] + 0.035 * wide.at(x, y);
        const double mix = std::clamp(0.35 + 0.30 * tint[at], 0.0, 1.0);
        for (std::size_t c = 0; c < 3; ++c) {
          strip.bgr[at * 3 + c] = to_byte(light * (look.bgr[c] + mix * (look.other_bgr[c] - look.bgr[c])));
        }
      }
    }
    strips.push_back(std::move(strip));
  }
  return strips;
}

}  // namespace beltwarden::twin
