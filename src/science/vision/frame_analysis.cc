#include "science/vision/frame_analysis.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "science/vision/ore_background.h"
#include "science/vision/shape.h"
#include "science/vision/smoothing.h"

namespace beltwarden::vision {

struct AnalyseScratch::Buffers {
  cv::Mat small, lab;
  std::array<cv::Mat, 3> channel;
  std::array<cv::Mat, 4> plane;
  cv::Mat mean, distance, mask, closed;
  std::vector<int> stack;
  BoxFilter filter;
  const cv::Mat square = cv::Mat::ones(3, 3, CV_8U);
};

AnalyseScratch::AnalyseScratch() : buffers_(std::make_unique<Buffers>()) {}
AnalyseScratch::~AnalyseScratch() = default;
AnalyseScratch::AnalyseScratch(AnalyseScratch&&) noexcept = default;
AnalyseScratch& AnalyseScratch::operator=(AnalyseScratch&&) noexcept = default;

namespace {

constexpr int kWorkWidthPx = 512;
constexpr double kSmoothingMm = 40;   // finer than a rope of usual strength, coarser than grains
constexpr double kGrow = 3.6;         // distance that belongs to a candidate ...
constexpr float kSeed = 5.0F;         // ... if its best pixel reaches this
constexpr int kLeastPixels = 9;
constexpr int kLeastSamples = 60;      // of ore, of some 1,200: else there is nothing to stand out from
constexpr double kRaggedEndMm = 500;   // of a load, before or after which the belt is bare
constexpr double kBareShare = 0.9;     // of a cell's pixels that makes it bare belt
constexpr double kLabScale = 100.0 / 255.0;  // OpenCV's 8-bit L

// So many pixels a side become one: at most a quarter of a million are left, and at most 512 across.
int averaging_factor(const ImageView& image) {
  int factor = std::max(1, (image.width_px + kWorkWidthPx - 1) / kWorkWidthPx);
  while (image.width_px / factor > 0 &&
         (image.width_px / factor) * (image.height_px / factor) > kWorkWidthPx * kWorkWidthPx)
    ++factor;
  return factor;
}

Result<void> check(const ImageView& image, double mm_per_px) {
  if (image.bgr == nullptr || image.width_px < 64 || image.height_px < 64 || image.width_px > 8192 ||
      image.height_px > 8192) {
    return invalid_input("picture: expected 64 to 8192 pixels a side, found " + std::to_string(image.width_px) + " x " +
                         std::to_string(image.height_px));
  }
  if (image.stride_bytes < 3 * static_cast<std::ptrdiff_t>(image.width_px)) {
    return invalid_input("picture: expected rows of at least " + std::to_string(3 * image.width_px) +
                         " bytes, found " + std::to_string(image.stride_bytes));
  }
  if (!(mm_per_px >= 0.2 && mm_per_px <= 50)) {
    return invalid_input("picture scale: expected 0.2 to 50 mm a pixel, found " + std::to_string(mm_per_px));
  }
  return {};
}

// Mean absolute second difference along rows of the green channel, on every eighth row; in units of L.
double measure_sharpness(const ImageView& image) {
  std::uint64_t sum = 0, count = 0;
  for (int y = 4; y < image.height_px; y += 8) {
    const std::uint8_t* row = image.bgr + static_cast<std::ptrdiff_t>(y) * image.stride_bytes + 1;
    for (int x = 1; x + 1 < image.width_px; ++x) {
      sum += static_cast<std::uint64_t>(std::abs(row[3 * (x - 1)] - 2 * row[3 * x] + row[3 * (x + 1)]));
    }
    count += static_cast<std::uint64_t>(image.width_px - 2);
  }
  return count ? static_cast<double>(sum) / static_cast<double>(count) * kLabScale : 0;
}

void measure_exposure(const cv::Mat& small, const cv::Mat& lightness, FrameMeasurements& m) {
  std::uint64_t saturated = 0, sum = 0;
  const int step = 2;  // every other row is plenty for shares and means
  for (int y = 0; y < small.rows; y += step) {
    const std::uint8_t* colour = small.ptr(y);
    const std::uint8_t* l = lightness.ptr(y);
    for (int x = 0; x < small.cols; ++x) {
      saturated += std::max({colour[3 * x], colour[3 * x + 1], colour[3 * x + 2]}) >= 254;
      sum += l[x];
    }
  }
  const double n = static_cast<double>((small.rows + step - 1) / step) * small.cols;
  m.saturated_fraction = static_cast<double>(saturated) / n;
  m.brightness = static_cast<double>(sum) / n * kLabScale;
}

// Local mean of each plane and local deviation of L.
SmoothedPlanes smooth(AnalyseScratch::Buffers& b, double mm_per_work_px) {
  const int wanted = static_cast<int>(std::lround(kSmoothingMm / mm_per_work_px)) | 1;
  const int box = std::clamp(wanted, 3, 9), grain = std::max(5, box);
  const int width = b.lab.cols, height = b.lab.rows;
  for (auto& plane : b.plane) plane.create(height, width, CV_32F);
  b.mean.create(height, width, CV_32F);
  for (std::size_t p = 1; p < 3; ++p) b.filter.mean(b.channel[p].ptr(), width, height, box, b.plane[p].ptr<float>());
  float* grain_mean = grain == box ? b.plane[0].ptr<float>() : b.mean.ptr<float>();
  b.filter.mean_and_variance(b.channel[0].ptr(), width, height, grain, grain_mean, b.plane[3].ptr<float>());
  if (grain != box) b.filter.mean(b.channel[0].ptr(), width, height, box, b.plane[0].ptr<float>());
  cv::sqrt(b.plane[3], b.plane[3]);
  SmoothedPlanes planes{.width = width, .height = height};
  for (std::size_t p = 0; p < 4; ++p) planes.plane[p] = b.plane[p].ptr<float>();
  return planes;
}

// Mean and deviation of the ore's pixels: not belt, not in a candidate's mask.
void measure_ore(const AnalyseScratch::Buffers& b, FrameMeasurements& m) {
  std::array<std::uint64_t, 3> sum{}, squares{};
  std::uint64_t n = 0;
  double texture = 0;
  for (int y = 0; y < b.lab.rows; y += 2) {
    const std::uint8_t* lab = b.lab.ptr(y);
    const std::uint8_t* masked = b.closed.ptr(y);
    const float* deviation = b.plane[3].ptr<float>(y);
    const float* distance = b.distance.ptr<float>(y);
    for (int x = 0; x < b.lab.cols; x += 2) {
      if (masked[x] || distance[x] == 0) continue;
      for (std::size_t p = 0; p < 3; ++p) {
        const std::uint64_t value = lab[3 * x + static_cast<int>(p)];
        sum[p] += value;
        squares[p] += value * value;
      }
      texture += deviation[x];
      ++n;
    }
  }
  if (n == 0) return;
  const double count = static_cast<double>(n);
  for (std::size_t p = 0; p < 3; ++p) {
    const double mean = static_cast<double>(sum[p]) / count;
    const double variance = std::max(0.0, static_cast<double>(squares[p]) / count - mean * mean);
    m.mean_lab[p] = p == 0 ? mean * kLabScale : mean - 128;
    m.sd_lab[p] = std::sqrt(variance) * (p == 0 ? kLabScale : 1.0);
  }
  m.texture = texture / count * kLabScale;
}

// Gathers each 8-connected part of the mask. Pixels already gathered are marked 1 in it.
template <class Take>
void for_each_shape(AnalyseScratch::Buffers& b, const Take& take) {
  constexpr std::uint8_t kFresh = 255, kDone = 1;
  constexpr int kInner = 4;  // pixels from the rim, beyond which the local deviation is the shape's own
  const int width = b.closed.cols, height = b.closed.rows;
  std::uint8_t* mask = b.closed.ptr();
  const std::uint8_t* lab = b.lab.ptr();
  const float* distance = b.distance.ptr<float>();
  const float* deviation = b.plane[3].ptr<float>();
  const auto inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] != 0;
  };
  for (int start = 0; start < width * height; ++start) {
    if (mask[start] != kFresh) continue;
    ShapeSums shape;
    b.stack.assign(1, start);
    mask[start] = kDone;
    while (!b.stack.empty()) {
      const int i = b.stack.back();
      b.stack.pop_back();
      const int x = i % width, y = i / width;
      const bool rim = !inside(x - 1, y) || !inside(x + 1, y) || !inside(x, y - 1) || !inside(x, y + 1);
      const bool inner = !rim && inside(x - kInner, y - kInner) && inside(x + kInner, y - kInner) &&
                         inside(x - kInner, y + kInner) && inside(x + kInner, y + kInner);
      shape.add(x, y, rim, inner, lab + 3 * static_cast<std::ptrdiff_t>(i), std::sqrt(distance[i]), deviation[i]);
      for (int v = std::max(0, y - 1); v <= std::min(height - 1, y + 1); ++v) {
        for (int u = std::max(0, x - 1); u <= std::min(width - 1, x + 1); ++u) {
          if (mask[v * width + u] != kFresh) continue;
          mask[v * width + u] = kDone;
          b.stack.push_back(v * width + u);
        }
      }
    }
    take(shape);
  }
}

// Bare pixels have distance 0.
LoadMask load_mask(const cv::Mat& distance, int factor) {
  LoadMask mask;
  mask.cell_px = kCellPx * factor;
  mask.columns = (distance.cols + kCellPx - 1) / kCellPx;
  mask.rows = (distance.rows + kCellPx - 1) / kCellPx;
  mask.kind.assign(static_cast<std::size_t>(mask.columns * mask.rows), LoadMask::Kind::kOre);
  std::vector<double> bare(mask.kind.size());
  for (int r = 0; r < mask.rows; ++r) {
    for (int c = 0; c < mask.columns; ++c) {
      int zeros = 0, all = 0;
      for (int y = r * kCellPx; y < std::min(distance.rows, (r + 1) * kCellPx); ++y) {
        const float* row = distance.ptr<float>(y);
        for (int x = c * kCellPx; x < std::min(distance.cols, (c + 1) * kCellPx); ++x) zeros += row[x] == 0, ++all;
      }
      bare[static_cast<std::size_t>(r * mask.columns + c)] = static_cast<double>(zeros) / all;
    }
  }
  for (int r = 0; r < mask.rows; ++r) {
    for (int c = 0; c < mask.columns; ++c) {
      const auto at = [&](int column, int row) {
        return bare[static_cast<std::size_t>(std::clamp(row, 0, mask.rows - 1) * mask.columns + std::clamp(column, 0, mask.columns - 1))];
      };
      auto& kind = mask.kind[static_cast<std::size_t>(r * mask.columns + c)];
      if (at(c, r) >= kBareShare) {
        kind = LoadMask::Kind::kBelt;
      } else if (at(c, r) > 1 - kBareShare || std::max({at(c - 1, r), at(c + 1, r), at(c, r - 1), at(c, r + 1)}) >= kBareShare) {
        kind = LoadMask::Kind::kEdge;
      }
    }
  }
  return mask;
}

HeatMap colour_heat(const cv::Mat& squared_distance) {
  HeatMap heat;
  const int side = (squared_distance.cols + kMostHeatColumns - 1) / kMostHeatColumns;
  heat.columns = (squared_distance.cols + side - 1) / side;
  heat.rows = (squared_distance.rows + side - 1) / side;
  std::vector<float> most(static_cast<std::size_t>(heat.columns * heat.rows), 0.0F);
  for (int y = 0; y < squared_distance.rows; ++y) {
    const float* row = squared_distance.ptr<float>(y);
    for (int x = 0; x < squared_distance.cols; ++x) {
      float& cell = most[static_cast<std::size_t>(y / side * heat.columns + x / side)];
      cell = std::max(cell, row[x]);
    }
  }
  for (const float squared : most) heat.levels += static_cast<char>('0' + static_cast<int>(std::min(9.0F, std::sqrt(squared))));
  return heat;
}

}  // namespace

LoadMask::Kind LoadMask::at_px(int x, int y) const {
  if (kind.empty()) return Kind::kOre;
  const int c = std::clamp(x / cell_px, 0, columns - 1), r = std::clamp(y / cell_px, 0, rows - 1);
  return kind[static_cast<std::size_t>(r * columns + c)];
}

bool LoadMask::any_belt() const { return std::find(kind.begin(), kind.end(), Kind::kBelt) != kind.end(); }

Result<FrameAnalysis> analyse_frame(const ImageView& image, double mm_per_px, AnalyseScratch& scratch) {
  if (auto checked = check(image, mm_per_px); !checked) return checked.error();
  auto& b = scratch.buffers();
  const cv::Mat whole(image.height_px, image.width_px, CV_8UC3, const_cast<std::uint8_t*>(image.bgr),
                      static_cast<std::size_t>(image.stride_bytes));
  const int factor = averaging_factor(image);
  if (factor > 1) {
    // Whole blocks only: up to factor-1 pixels at the right and lower edge are left out.
    const int width = image.width_px / factor, height = image.height_px / factor;
    if (height < 2 * kCellPx || width < 2 * kCellPx)
      return invalid_input("picture: expected sides in a proportion of at most 1 to 16");
    cv::resize(whole(cv::Rect(0, 0, width * factor, height * factor)), b.small, {width, height}, 0, 0, cv::INTER_AREA);
  } else {
    whole.copyTo(b.small);
  }
  const double mm_per_work_px = mm_per_px * factor;

  cv::cvtColor(b.small, b.lab, cv::COLOR_BGR2Lab);
  cv::split(b.lab, b.channel.data());

  FrameAnalysis analysis;
  measure_exposure(b.small, b.channel[0], analysis.measurements);
  analysis.measurements.sharpness = measure_sharpness(image);
  analysis.measurements.quality = measure_quality(image);

  const SmoothedPlanes planes = smooth(b, mm_per_work_px);
  const CellGrid cells = make_cells(planes);
  const OreBackground background = fit_background(planes, cells);
  b.distance.create(b.lab.size(), CV_32F);
  squared_distance_map(planes, cells, background, b.distance.ptr<float>());

  const std::size_t bare =
      mask_bare_belt(planes, background, static_cast<int>(kRaggedEndMm / mm_per_work_px), b.distance.ptr<float>());
  analysis.measurements.load_fraction = 1 - static_cast<double>(bare) / static_cast<double>(b.lab.total());
  analysis.load = load_mask(b.distance, factor);
  analysis.heat = colour_heat(b.distance);
  cv::compare(b.distance, kGrow * kGrow, b.mask, cv::CMP_GT);
  cv::morphologyEx(b.mask, b.closed, cv::MORPH_CLOSE, b.square);
  measure_ore(b, analysis.measurements);

  for_each_shape(b, [&](const ShapeSums& shape) {
    if (shape.pixels < kLeastPixels || shape.peak < kSeed || background.samples < kLeastSamples) return;
    analysis.candidates.push_back(shape.candidate(factor, mm_per_work_px, background));
  });
  auto& found = analysis.candidates;
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& c) {
    if (a.strength != c.strength) return a.strength > c.strength;
    return a.y != c.y ? a.y < c.y : a.x < c.x;
  });
  if (found.size() > kMaxCandidates) found.resize(kMaxCandidates);
  return analysis;
}

}  // namespace beltwarden::vision
