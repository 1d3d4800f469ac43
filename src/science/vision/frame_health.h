// Whether the camera still sees: each fault of a picture named, against how the brand's clean frames were taken.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "science/vision/frame_analysis.h"

namespace beltwarden::vision {

enum class FrameFault : std::uint8_t {
  kDark,         ///< less than a third of the usual light
  kOverexposed,  ///< more than a tenth of the pixels at the end of the scale
  kBlurred,      ///< fine detail less than half of the usual, contrast kept
  kDusty,        ///< a veil: contrast less than half of the usual, the darkest parts brighter
  kFrozen,       ///< the same picture again
  kDirtyWindow,  ///< a place that stays as it is while the belt moves
};
const char* name_of(FrameFault fault);

/// What a frame measures; medians over clean frames are the usual.
struct FrameQuality {
  double light = 0;      ///< mean green, 0 to 255
  double saturated = 0;  ///< share of pixels with a channel at 254 or more
  double contrast = 0;   ///< between the 10 % and 90 % point of green, over their mean
  double detail = 0;     ///< mean difference of neighbours over the same range
  double dark_point = 0; ///< 5 % point of green
};
FrameQuality measure_quality(const ImageView& image);
FrameQuality usual_quality(std::span<const FrameQuality> clean);

/// Watches frames in order. One per camera; memory does not grow.
class FrameHealth {
 public:
  explicit FrameHealth(const FrameQuality& usual) : usual_(usual) {}

  struct Verdict {
    std::vector<FrameFault> faults;
    double dirty_share = 0;  ///< of the picture behind dirt
  };
  /// A window is called dirty after about fifty frames of a moving belt.
  Verdict check(const ImageView& image);

 private:
  void watch_window(const ImageView& image, Verdict& verdict);
  FrameQuality usual_;
  std::vector<float> cell_, slow_, fast_;
  int columns_ = 0, rows_ = 0, frames_ = 0;
};

}  // namespace beltwarden::vision
