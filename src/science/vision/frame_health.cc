#include "science/vision/frame_health.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace beltwarden::vision {

namespace {
constexpr int kCell = 16;          // px, side of a cell of the window watch
constexpr float kFastShare = 0.1f;   // of a frame in the running change of a cell
constexpr float kSlowShare = 0.01f;
constexpr int kLearnFrames = 30;   // before a cell's usual change is known
constexpr float kDirtyRatio = 0.25f;

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}
}  // namespace

const char* name_of(FrameFault fault) {
  switch (fault) {
    case FrameFault::kDark: return "dark";
    case FrameFault::kOverexposed: return "overexposed";
    case FrameFault::kBlurred: return "blurred";
    case FrameFault::kDusty: return "dusty";
    case FrameFault::kFrozen: return "frozen";
    case FrameFault::kDirtyWindow: return "dirty window";
  }
  return "unknown";
}

FrameQuality measure_quality(const ImageView& image) {
  std::array<std::uint32_t, 256> histogram{};
  double sum = 0, differences = 0, count = 0, saturated = 0;
  for (int y = 0; y < image.height_px; y += 2) {
    const std::uint8_t* row = image.bgr + y * image.stride_bytes;
    for (int x = 0; x + 1 < image.width_px; x += 2) {
      const std::uint8_t* p = row + 3 * x;
      ++histogram[p[1]];
      sum += p[1];
      differences += std::abs(p[1] - p[4]);
      saturated += p[0] >= 254 || p[1] >= 254 || p[2] >= 254;
      ++count;
    }
  }
  const auto point = [&](double share) {
    double below = 0;
    for (int v = 0; v < 256; ++v) {
      below += histogram[static_cast<std::size_t>(v)];
      if (below >= share * count) return static_cast<double>(v);
    }
    return 255.0;
  };
  FrameQuality quality;
  if (count == 0) return quality;
  const double range = point(0.9) - point(0.1);
  quality.light = sum / count;
  quality.saturated = saturated / count;
  quality.contrast = range / std::max(1.0, quality.light);
  quality.detail = differences / count / std::max(1.0, range);
  quality.dark_point = point(0.05);
  return quality;
}

FrameQuality usual_quality(std::span<const FrameQuality> clean) {
  FrameQuality usual;
  if (clean.empty()) return usual;
  for (const auto member : {&FrameQuality::light, &FrameQuality::saturated, &FrameQuality::contrast, &FrameQuality::detail,
                            &FrameQuality::dark_point}) {
    std::vector<double> values;
    for (const FrameQuality& one : clean) values.push_back(one.*member);
    usual.*member = median(std::move(values));
  }
  return usual;
}

void FrameHealth::watch_window(const ImageView& image, Verdict& verdict) {
  const int columns = image.width_px / kCell, rows = image.height_px / kCell;
  const std::size_t cells = static_cast<std::size_t>(columns * rows);
  if (columns != columns_ || rows != rows_) {
    columns_ = columns;
    rows_ = rows;
    frames_ = 0;
  }
  std::vector<float> now(cells, 0.0f);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      int sum = 0;
      for (int y = 0; y < kCell; y += 2) {
        const std::uint8_t* row = image.bgr + (r * kCell + y) * image.stride_bytes + 3 * c * kCell;
        for (int x = 0; x < kCell; x += 2) sum += row[3 * x + 1];
      }
      now[static_cast<std::size_t>(r * columns + c)] = static_cast<float>(sum) / (kCell * kCell / 4);
    }
  }
  if (frames_++ == 0) {
    cell_ = std::move(now);
    slow_.assign(cells, 0.0f);
    fast_.assign(cells, 0.0f);
    return;
  }
  double change = 0;
  for (std::size_t i = 0; i < cells; ++i) change += std::abs(static_cast<double>(now[i] - cell_[i]));
  if (change == 0) {
    if (cells > 0) verdict.faults.push_back(FrameFault::kFrozen);
    --frames_;
    return;
  }
  // A standing belt teaches nothing.
  int dirty = 0;
  const bool moving = change / static_cast<double>(cells) > 0.5;
  const float slow_share = frames_ <= kLearnFrames ? 1.0f / static_cast<float>(frames_ - 1) : kSlowShare;
  for (std::size_t i = 0; moving && i < cells; ++i) {
    const float moved = std::abs(now[i] - cell_[i]);
    fast_[i] += (frames_ <= kLearnFrames ? slow_share : kFastShare) * (moved - fast_[i]);
    const bool stuck = frames_ > kLearnFrames && fast_[i] < kDirtyRatio * slow_[i] && slow_[i] > 1;
    if (!stuck) slow_[i] += slow_share * (moved - slow_[i]);
    dirty += stuck;
  }
  if (!moving) --frames_;
  cell_ = std::move(now);
  verdict.dirty_share = static_cast<double>(dirty) / static_cast<double>(std::max<std::size_t>(1, cells));
  if (dirty >= 2) verdict.faults.push_back(FrameFault::kDirtyWindow);
}

FrameHealth::Verdict FrameHealth::check(const ImageView& image) {
  Verdict verdict;
  const FrameQuality quality = measure_quality(image);
  const bool dark = quality.light < usual_.light / 3;
  const bool flat = quality.contrast < usual_.contrast / 2;
  if (dark) verdict.faults.push_back(FrameFault::kDark);
  if (quality.saturated > std::max(0.1, 3 * usual_.saturated)) verdict.faults.push_back(FrameFault::kOverexposed);
  if (!dark && !flat && quality.detail < usual_.detail / 2) verdict.faults.push_back(FrameFault::kBlurred);
  if (!dark && flat && quality.dark_point > 1.3 * usual_.dark_point + 5) verdict.faults.push_back(FrameFault::kDusty);
  watch_window(image, verdict);
  return verdict;
}

}  // namespace beltwarden::vision
