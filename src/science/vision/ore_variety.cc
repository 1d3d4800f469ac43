#include "science/vision/ore_variety.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace beltwarden::vision {

namespace {

// A coordinate outside the picture comes back in, as in a mirror.
float mirrored(float x, int length) {
  const float last = static_cast<float>(length - 1);
  x = std::abs(x);
  while (x > last) x = std::abs(2 * last - x);
  return x;
}

double log_uniform(double low, double high, Rng& rng) { return std::exp(rng.uniform(std::log(low), std::log(high))); }

}  // namespace

Canvas ore_window(const Picture& from, int side_px, Rng& rng) {
  Canvas scene(side_px, side_px);
  const double scale = log_uniform(0.8, 1.25, rng), aspect = log_uniform(0.9, 1.1, rng);
  const double turn = rng.normal() * 0.12;
  const double flip_x = rng.uniform() < 0.5 ? -1 : 1, flip_y = rng.uniform() < 0.5 ? -1 : 1;
  const float a = static_cast<float>(flip_x * scale * aspect * std::cos(turn)), b = static_cast<float>(-scale * std::sin(turn));
  const float c = static_cast<float>(flip_x * scale * aspect * std::sin(turn)), d = static_cast<float>(flip_y * scale * std::cos(turn));
  const double reach = side_px * scale / 2;
  // A quarter of the windows lie at a side: there the load ends.
  const auto middle = [&](int length) {
    const double low = std::min(reach, length / 2.0), high = std::max(length - reach, length / 2.0);
    const double at = rng.uniform();
    return static_cast<float>(at < 0.125 ? low : at < 0.25 ? high : rng.uniform(low, high));
  };
  const float mx = middle(from.width), my = middle(from.height);
  float *blue = scene.plane[0].data(), *green = scene.plane[1].data(), *red = scene.plane[2].data();
  const std::ptrdiff_t stride = 3 * static_cast<std::ptrdiff_t>(from.width);
  for (int y = 0; y < side_px; ++y) {
    const float dy = static_cast<float>(y - side_px / 2);
    const float row_x = mx + b * dy, row_y = my + d * dy;
    for (int x = 0; x < side_px; ++x) {
      const float dx = static_cast<float>(x - side_px / 2);
      const float sx = mirrored(row_x + a * dx, from.width), sy = mirrored(row_y + c * dx, from.height);
      const int ix = std::min(static_cast<int>(sx), from.width - 2), iy = std::min(static_cast<int>(sy), from.height - 2);
      // In 256ths of a pixel: whole numbers are quicker, and the picture has 256 values.
      const int fx = static_cast<int>((sx - static_cast<float>(ix)) * 256), fy = static_cast<int>((sy - static_cast<float>(iy)) * 256);
      const std::uint8_t *p = from.at(ix, iy), *q = p + stride;
      const auto between = [&](int k) {
        const int upper = 256 * p[k] + fx * (p[k + 3] - p[k]), lower = 256 * q[k] + fx * (q[k + 3] - q[k]);
        return static_cast<float>(256 * upper + fy * (lower - upper)) * (1.0f / 65536);
      };
      *blue++ = between(0), *green++ = between(1), *red++ = between(2);
    }
  }
  return scene;
}

void vary_colours(Canvas& scene, Rng& rng) {
  if (rng.uniform() < 0.5) return;
  float mean[3], map[3][3];
  const std::size_t pixels = scene.plane[0].size();
  for (std::size_t k = 0; k < 3; ++k) {
    double sum = 0;
    for (std::size_t i = 0; i < pixels; i += 7) sum += static_cast<double>(scene.plane[k][i]);
    mean[k] = static_cast<float>(sum / static_cast<double>((pixels + 6) / 7));
  }
  const double contrast = std::exp(0.05 * rng.normal());
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t m = 0; m < 3; ++m) map[k][m] = static_cast<float>((k == m ? contrast : 0) + 0.06 * rng.normal());
  }
  for (std::size_t i = 0; i < pixels; ++i) {
    const float away[3] = {scene.plane[0][i] - mean[0], scene.plane[1][i] - mean[1], scene.plane[2][i] - mean[2]};
    for (std::size_t k = 0; k < 3; ++k) {
      scene.plane[k][i] = std::clamp(mean[k] + map[k][0] * away[0] + map[k][1] * away[1] + map[k][2] * away[2], 0.0f, 255.0f);
    }
  }
}

void tint_rock(Canvas& scene, Rng& rng) {
  const int reach = static_cast<int>(log_uniform(6, 40, rng)), side = 2 * reach + 1;
  const int cx = static_cast<int>(rng.below(static_cast<std::uint64_t>(scene.width)));
  const int cy = static_cast<int>(rng.below(static_cast<std::uint64_t>(scene.height)));
  const auto inside = [&](int x, int y) { return x >= 0 && y >= 0 && x < scene.width && y < scene.height; };
  const auto light = [&](int x, int y) {  // mean of a cross
    float sum = 0;
    for (const auto& [dx, dy] : std::array<std::array<int, 2>, 5>{{{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}}}) {
      const int px = std::clamp(x + dx, 0, scene.width - 1), py = std::clamp(y + dy, 0, scene.height - 1);
      sum += scene.plane[1][scene.index(px, py)];
    }
    return sum / 5;
  };
  std::vector<float> share(static_cast<std::size_t>(side * side), 0.0f);
  const auto place = [&](int x, int y) { return static_cast<std::size_t>((y - cy + reach) * side + x - cx + reach); };
  std::vector<std::array<int, 2>> front{{cx, cy}};
  share[place(cx, cy)] = 1;
  const float middle = light(cx, cy), band = std::max(6.0f, middle * static_cast<float>(rng.uniform(0.12, 0.25)));
  while (!front.empty()) {
    const auto [x, y] = front.back();
    front.pop_back();
    for (const auto& [dx, dy] : std::array<std::array<int, 2>, 4>{{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}}) {
      const int nx = x + dx, ny = y + dy;
      if (!inside(nx, ny) || std::hypot(nx - cx, ny - cy) > reach || share[place(nx, ny)] > 0) continue;
      if (std::abs(light(nx, ny) - middle) > band) continue;
      share[place(nx, ny)] = 1;
      front.push_back({nx, ny});
    }
  }
  float gain[3], toward = rng.uniform() < 0.3 ? static_cast<float>(rng.uniform(0.2, 0.7)) : 0;  // bleached
  const double brightness = std::exp(0.25 * rng.normal());
  for (float& g : gain) g = static_cast<float>(brightness * std::exp(0.35 * rng.normal()));
  const float strength = static_cast<float>(rng.uniform(0.5, 1));
  for (int y = cy - reach; y <= cy + reach; ++y) {
    for (int x = cx - reach; x <= cx + reach; ++x) {
      if (!inside(x, y)) continue;
      float covered = 0;  // softened over 3 x 3
      for (int t = 0; t < 9; ++t) {
        const int px = std::clamp(x + t % 3 - 1, cx - reach, cx + reach), py = std::clamp(y + t / 3 - 1, cy - reach, cy + reach);
        covered += share[place(px, py)] / 9;
      }
      if (covered <= 0) continue;
      const std::size_t i = scene.index(x, y);
      const float grey = (scene.plane[0][i] + scene.plane[1][i] + scene.plane[2][i]) / 3;
      for (std::size_t k = 0; k < 3; ++k) {
        const float value = (scene.plane[k][i] + toward * (grey - scene.plane[k][i])) * gain[k];
        scene.plane[k][i] = std::min(255.0f, scene.plane[k][i] + strength * covered * (value - scene.plane[k][i]));
      }
    }
  }
}

}  // namespace beltwarden::vision
