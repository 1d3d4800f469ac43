// Whether the camera still sees: each fault of a picture named, against how the brand's clean frames were taken.
#pragma once

#include <cstdint>
#include <vector>

#include "science/vision/frame_analysis.h"
#include "science/vision/frame_quality.h"

namespace beltwarden::vision {

enum class FrameFault : std::uint8_t {
  kDark,         ///< less than a third of the usual light
  kOverexposed,  ///< more than a tenth of the pixels at the end of the scale
  kBlurred,      ///< fine detail less than half of the usual, contrast kept
  kDusty,        ///< a veil: contrast less than half of the usual, the darkest parts brighter
  kFrozen,       ///< the same picture again
  kDirtyWindow,  ///< a place that stays as it is while the belt moves
  kDropped,      ///< pictures are missing from the row
};
const char* name_of(FrameFault fault);

/// Faults that one picture's measurements show.
std::vector<FrameFault> faults_of(const FrameQuality& quality, const FrameQuality& usual);

/// What only a row of pictures shows. Watches frames in order; one per camera; memory does not grow.
class WindowWatch {
 public:
  struct Seen {
    bool frozen = false;     ///< the same picture again
    double dirty_share = 0;  ///< of the picture behind dirt, once it is two cells of 16 pixels or more
  };
  /// A window is called dirty after about fifty frames of a moving belt. Only where `load` shows ore: bare belt beside a load that
  /// has become narrower stands still as well.
  Seen look(const ImageView& image, const LoadMask& load = {});

 private:
  std::vector<float> cell_, slow_, fast_;
  int columns_ = 0, rows_ = 0, frames_ = 0;
};

}  // namespace beltwarden::vision
