#include "science/vision/frame_health.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace beltwarden::vision {

namespace {
constexpr int kCell = 16;          // px, side of a cell of the window watch
constexpr float kFastShare = 0.1f;   // of a frame in the running change of a cell
constexpr float kSlowShare = 0.01f;
constexpr int kLearnFrames = 30;   // before a cell's usual change is known
constexpr float kDirtyRatio = 0.25f;

}  // namespace

const char* name_of(FrameFault fault) {
  switch (fault) {
    case FrameFault::kDark: return "dark";
    case FrameFault::kOverexposed: return "overexposed";
    case FrameFault::kBlurred: return "blurred";
    case FrameFault::kDusty: return "dusty";
    case FrameFault::kFrozen: return "frozen";
    case FrameFault::kDirtyWindow: return "dirty_window";
    case FrameFault::kDropped: return "dropped";
  }
  return "unknown";
}

std::vector<FrameFault> faults_of(const FrameQuality& quality, const FrameQuality& usual) {
  std::vector<FrameFault> faults;
  const bool dark = quality.light < usual.light / 3;
  const bool flat = quality.contrast < usual.contrast / 2;
  if (dark) faults.push_back(FrameFault::kDark);
  if (quality.saturated > std::max(0.1, 3 * usual.saturated)) faults.push_back(FrameFault::kOverexposed);
  if (!dark && !flat && quality.detail < usual.detail / 2) faults.push_back(FrameFault::kBlurred);
  if (!dark && flat && quality.dark_point > 1.3 * usual.dark_point + 5) faults.push_back(FrameFault::kDusty);
  return faults;
}

WindowWatch::Seen WindowWatch::look(const ImageView& image, const LoadMask& load) {
  Seen seen;
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
    return seen;
  }
  double change = 0;
  for (std::size_t i = 0; i < cells; ++i) change += std::abs(static_cast<double>(now[i] - cell_[i]));
  if (change == 0) {
    seen.frozen = cells > 0;
    --frames_;
    return seen;
  }
  // A standing belt teaches nothing.
  int dirty = 0;
  const bool moving = change / static_cast<double>(cells) > 0.5;
  const float slow_share = frames_ <= kLearnFrames ? 1.0f / static_cast<float>(frames_ - 1) : kSlowShare;
  for (std::size_t i = 0; moving && i < cells; ++i) {
    const int column = static_cast<int>(i) % columns, row = static_cast<int>(i) / columns;
    if (load.at_px(column * kCell + kCell / 2, row * kCell + kCell / 2) != LoadMask::Kind::kOre) continue;
    const float moved = std::abs(now[i] - cell_[i]);
    fast_[i] += (frames_ <= kLearnFrames ? slow_share : kFastShare) * (moved - fast_[i]);
    const bool stuck = frames_ > kLearnFrames && fast_[i] < kDirtyRatio * slow_[i] && slow_[i] > 1;
    if (!stuck) slow_[i] += slow_share * (moved - slow_[i]);
    dirty += stuck;
  }
  if (!moving) --frames_;
  cell_ = std::move(now);
  if (dirty >= 2) seen.dirty_share = static_cast<double>(dirty) / static_cast<double>(std::max<std::size_t>(1, cells));
  return seen;
}

}  // namespace beltwarden::vision
