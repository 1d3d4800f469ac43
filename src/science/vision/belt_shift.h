// How far the belt moved between two frames, read from the frames themselves.
#pragma once

#include "base/result.h"
#include "science/vision/frame_analysis.h"

namespace beltwarden::vision {

struct BeltShift {
  double moved_px = 0;     ///< along y; positive: material moved to larger y
  double likeness = 0;     ///< correlation of the overlap at that shift, -1 to 1
};

/// Compares lightness (evened out along y) at every whole shift up to `most_px` either way and refines the best by a
/// parabola. Both frames of one size, 32 x 32 pixels or more, and at least a third of the height overlapping.
Result<BeltShift> measure_shift(const ImageView& before, const ImageView& after, int most_px);

}  // namespace beltwarden::vision
