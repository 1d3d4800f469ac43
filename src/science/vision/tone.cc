#include "science/vision/tone.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace beltwarden::vision {

namespace {

// Value below which `share` of a histogram lies, between whole values.
double quantile(const std::array<std::uint32_t, 256>& histogram, double total, double share) {
  double below = 0;
  for (std::size_t v = 0; v < 256; ++v) {
    const double here = histogram[v];
    if (here > 0 && below + here >= share * total) {
      return static_cast<double>(v) - 0.5 + (share * total - below) / here;
    }
    below += here;
  }
  return 255;
}

double log_of(double value) { return std::log(std::max(0.0, value) + kToneFloor); }

using Histograms = std::array<std::array<std::uint32_t, 256>, 3>;

Tone tone_of(const Histograms& histogram, double total) {
  Tone tone;
  for (std::size_t k = 0; k < 3; ++k) tone.middle[k] = log_of(quantile(histogram[k], total, 0.5));
  const double range = log_of(quantile(histogram[1], total, 0.85)) - log_of(quantile(histogram[1], total, 0.15));
  tone.spread = std::max(0.15, range);
  return tone;
}

}  // namespace

Tone measure_tone(const ImageView& image) {
  Histograms histogram{};
  double total = 0;
  for (int y = 1; y < image.height_px; y += 3) {
    const std::uint8_t* row = image.bgr + y * image.stride_bytes;
    for (int x = y % 2; x < image.width_px; x += 2) {
      for (std::size_t k = 0; k < 3; ++k) ++histogram[k][row[3 * x + static_cast<int>(k)]];
      ++total;
    }
  }
  return tone_of(histogram, total);
}

Tone measure_rim_tone(const ImageView& image, int rim_px) {
  Histograms histogram{};
  double total = 0;
  for (int y = 0; y < image.height_px; ++y) {
    const std::uint8_t* row = image.bgr + y * image.stride_bytes;
    const bool whole = y < rim_px || y >= image.height_px - rim_px;
    for (int x = 0; x < image.width_px; ++x) {
      if (!whole && x >= rim_px && x < image.width_px - rim_px) continue;
      for (std::size_t k = 0; k < 3; ++k) ++histogram[k][row[3 * x + static_cast<int>(k)]];
      ++total;
    }
  }
  return tone_of(histogram, total);
}

void apply_tone(const ImageView& image, const Tone& tone, net::Planes& out, int sample) {
  constexpr double kColourGain = 3;  // colour varies less than lightness; brought to the same size
  float light[3][256];
  for (std::size_t k = 0; k < 3; ++k) {
    for (int v = 0; v < 256; ++v) {
      light[k][v] = static_cast<float>((std::log(v + kToneFloor) - tone.middle[k]) / tone.spread);
    }
  }
  const net::PlaneShape shape = out.shape();
  for (int y = 0; y < shape.height; ++y) {
    const std::uint8_t* row = image.bgr + std::min(y, image.height_px - 1) * image.stride_bytes;
    float* lightness = out.row(sample, 0, y);
    float* blue = out.row(sample, 1, y);
    float* red = out.row(sample, 2, y);
    const int inside = std::min(shape.width, image.width_px);
    for (int x = 0; x < inside; ++x) {
      const float b = light[0][row[3 * x]], g = light[1][row[3 * x + 1]], r = light[2][row[3 * x + 2]];
      lightness[x] = (b + g + r) * (1.0f / 3);
      blue[x] = (b - g) * static_cast<float>(kColourGain);
      red[x] = (r - g) * static_cast<float>(kColourGain);
    }
    for (int x = inside; x < shape.width; ++x) {
      lightness[x] = lightness[inside - 1];
      blue[x] = blue[inside - 1];
      red[x] = red[inside - 1];
    }
  }
}

}  // namespace beltwarden::vision
