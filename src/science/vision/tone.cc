#include "science/vision/tone.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

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

constexpr double kLeastSpread = 0.15;

Tone tone_of(const Histograms& histogram, double total) {
  Tone tone;
  for (std::size_t k = 0; k < 3; ++k) tone.middle[k] = log_of(quantile(histogram[k], total, 0.5));
  const double range = log_of(quantile(histogram[1], total, 0.85)) - log_of(quantile(histogram[1], total, 0.15));
  tone.spread = std::max(kLeastSpread, range);
  return tone;
}

// Bare belt is darker than the brightest fifth of the picture's cells by more than ore lit unevenly is: natural logarithms.
constexpr double kBeltBelow = 0.9;
// The lamp is what the ore has in common over this many cells to each side: more than objects fill.
constexpr int kLampReach = 3;

struct Cells {
  int columns = 0, rows = 0;
  std::vector<double> light;      // mean of green, as logarithm
  std::vector<std::uint8_t> ore;
};

// Every sixth pixel, cell by cell of each row: the cell, and the pixel's colours.
template <class Take>
void each_sixth(const ImageView& image, int columns, const Take& take) {
  static_assert(kToneCell % 2 == 0);
  for (int y = 1; y < image.height_px; y += 3) {
    const std::uint8_t* row = image.bgr + y * image.stride_bytes;
    std::size_t cell = static_cast<std::size_t>(y / kToneCell * columns);
    for (int from = 0; from < image.width_px; from += kToneCell, ++cell) {
      const int to = std::min(from + kToneCell, image.width_px);
      for (int x = from + y % 2; x < to; x += 2) take(cell, row + 3 * x);
    }
  }
}

// The nearest whole number, halves away from zero.
int rounded(double value) { return value < 0 ? -static_cast<int>(0.5 - value) : static_cast<int>(value + 0.5); }

Cells find_ore(const ImageView& image) {
  Cells cells{(image.width_px + kToneCell - 1) / kToneCell, (image.height_px + kToneCell - 1) / kToneCell, {}, {}};
  const std::size_t all = static_cast<std::size_t>(cells.columns * cells.rows);
  std::vector<double> count(all, 0.0), seen;
  cells.light.assign(all, 0.0);
  cells.ore.assign(all, 0);
  each_sixth(image, cells.columns, [&](std::size_t cell, const std::uint8_t* pixel) { cells.light[cell] += pixel[1], ++count[cell]; });
  for (std::size_t i = 0; i < all; ++i) {
    if (count[i] == 0) continue;
    cells.light[i] = log_of(cells.light[i] / count[i]);
    seen.push_back(cells.light[i]);
  }
  if (seen.empty()) return cells;
  const auto bright = seen.begin() + static_cast<std::ptrdiff_t>(0.8 * static_cast<double>(seen.size() - 1));
  std::nth_element(seen.begin(), bright, seen.end());
  for (std::size_t i = 0; i < all; ++i) cells.ore[i] = count[i] > 0 && cells.light[i] >= *bright - kBeltBelow;
  return cells;
}

// By cell: the median of the ore round it, over that of the whole picture; 0 where there is none near.
std::vector<float> find_lamp(const Cells& cells, double middle) {
  std::vector<float> lamp(cells.light.size(), 0.0f);
  std::vector<double> round;
  for (int r = 0; r < cells.rows; ++r) {
    for (int c = 0; c < cells.columns; ++c) {
      round.clear();
      for (int y = std::max(0, r - kLampReach); y <= std::min(cells.rows - 1, r + kLampReach); ++y) {
        for (int x = std::max(0, c - kLampReach); x <= std::min(cells.columns - 1, c + kLampReach); ++x) {
          const std::size_t i = static_cast<std::size_t>(y * cells.columns + x);
          if (cells.ore[i] != 0) round.push_back(cells.light[i]);
        }
      }
      if (round.size() < 5) continue;
      const auto half = round.begin() + static_cast<std::ptrdiff_t>(round.size() / 2);
      std::nth_element(round.begin(), half, round.end());
      lamp[static_cast<std::size_t>(r * cells.columns + c)] = static_cast<float>(*half - middle);
    }
  }
  return lamp;
}

// Cells with ore, and those within kLoadReach of one: things lie half on the belt, too.
constexpr int kLoadReach = 2;

std::vector<std::uint8_t> find_load(const Cells& cells) {
  std::vector<std::uint8_t> load(cells.ore.size(), 0);
  for (int r = 0; r < cells.rows; ++r) {
    for (int c = 0; c < cells.columns; ++c) {
      if (cells.ore[static_cast<std::size_t>(r * cells.columns + c)] == 0) continue;
      for (int y = std::max(0, r - kLoadReach); y <= std::min(cells.rows - 1, r + kLoadReach); ++y) {
        for (int x = std::max(0, c - kLoadReach); x <= std::min(cells.columns - 1, c + kLoadReach); ++x) {
          load[static_cast<std::size_t>(y * cells.columns + x)] = 1;
        }
      }
    }
  }
  return load;
}

}  // namespace

Tone measure_tone(const ImageView& image) {
  const Cells cells = find_ore(image);
  Histograms histogram{};
  double total = 0;
  each_sixth(image, cells.columns, [&](std::size_t cell, const std::uint8_t* pixel) {
    if (cells.ore[cell] == 0) return;
    for (std::size_t k = 0; k < 3; ++k) ++histogram[k][pixel[k]];
    ++total;
  });
  Tone tone = tone_of(histogram, total);
  tone.columns = cells.columns;
  tone.lamp = find_lamp(cells, tone.middle[1]);
  tone.load = find_load(cells);
  // The spread again, without what the lamp adds to it: in steps of a hundredth.
  constexpr int kSteps = 300;
  std::vector<double> logs(256), around(2 * kSteps + 1, 0.0);
  for (std::size_t v = 0; v < 256; ++v) logs[v] = log_of(static_cast<double>(v)) - tone.middle[1];
  each_sixth(image, cells.columns, [&](std::size_t cell, const std::uint8_t* pixel) {
    if (cells.ore[cell] == 0) return;
    const double away = logs[pixel[1]] - static_cast<double>(tone.lamp[cell]);
    ++around[static_cast<std::size_t>(std::clamp(rounded(100 * away), -kSteps, kSteps) + kSteps)];
  });
  const auto point = [&](double share) {
    double below = 0;
    for (std::size_t i = 0; i < around.size(); ++i) {
      if (around[i] > 0 && below + around[i] >= share * total) return static_cast<double>(i) + (share * total - below) / around[i];
      below += around[i];
    }
    return static_cast<double>(around.size());
  };
  tone.spread = std::max(kLeastSpread, (point(0.85) - point(0.15)) / 100);
  return tone;
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

void apply_tone(const ImageView& image, const Tone& tone, net::Planes& out, int sample, int left) {
  constexpr double kColourGain = 3;  // colour varies less than lightness; brought to the same size
  float light[3][256];
  for (std::size_t k = 0; k < 3; ++k) {
    for (int v = 0; v < 256; ++v) {
      light[k][v] = static_cast<float>((std::log(v + kToneFloor) - tone.middle[k]) / tone.spread);
    }
  }
  const net::PlaneShape shape = out.shape();
  const int inside = std::min(shape.width, image.width_px - left);
  const int columns = tone.columns, rows = columns > 0 ? static_cast<int>(tone.lamp.size()) / columns : 0;
  std::vector<float> across(static_cast<std::size_t>(columns)), lamp(static_cast<std::size_t>(inside), 0.0f);
  const auto between = [](int at, int cells, int& low, int& high) {  // the two nearest middles of cells, and the share of the second
    const float place = (static_cast<float>(at) + 0.5f) / kToneCell - 0.5f;
    low = std::clamp(static_cast<int>(std::floor(place)), 0, cells - 1);
    high = std::min(low + 1, cells - 1);
    return std::clamp(place - static_cast<float>(low), 0.0f, 1.0f);
  };
  std::vector<int> low_of(lamp.size()), high_of(lamp.size());
  std::vector<float> share_of(lamp.size());
  for (std::size_t x = 0; columns > 0 && x < lamp.size(); ++x) share_of[x] = between(left + static_cast<int>(x), columns, low_of[x], high_of[x]);
  for (int y = 0; y < shape.height; ++y) {
    const std::uint8_t* row = image.bgr + std::min(y, image.height_px - 1) * image.stride_bytes + 3 * left;
    if (columns > 0 && y < image.height_px) {
      int low = 0, high = 0;
      const float share = between(y, rows, low, high);
      for (int c = 0; c < columns; ++c) {
        const float upper = tone.lamp[static_cast<std::size_t>(low * columns + c)], lower = tone.lamp[static_cast<std::size_t>(high * columns + c)];
        across[static_cast<std::size_t>(c)] = (upper + share * (lower - upper)) / static_cast<float>(tone.spread);
      }
      for (std::size_t x = 0; x < lamp.size(); ++x) {
        const float near = across[static_cast<std::size_t>(low_of[x])], far = across[static_cast<std::size_t>(high_of[x])];
        lamp[x] = near + share_of[x] * (far - near);
      }
    }
    float* lightness = out.row(sample, 0, y);
    float* blue = out.row(sample, 1, y);
    float* red = out.row(sample, 2, y);
    for (int x = 0; x < inside; ++x) {
      const float b = light[0][row[3 * x]], g = light[1][row[3 * x + 1]], r = light[2][row[3 * x + 2]];
      lightness[x] = (b + g + r) * (1.0f / 3) - lamp[static_cast<std::size_t>(x)];
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
