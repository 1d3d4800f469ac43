// Things cut out of pictures that show one in their middle: real objects for scenes, with outlines that nobody had to draw.
#pragma once

#include <span>
#include <vector>

#include "base/rng.h"
#include "science/vision/cutouts.h"
#include "science/vision/scenes.h"

namespace beltwarden::vision {

/// What was cut out of one crop.
struct CropCutout {
  Cutout piece;
  double long_side_px = 0;  ///< of the outline's upright box
  int class_index = -1;     ///< as the crop's
  int left = 0, top = 0;    ///< where the piece lies in the crop
};

/// The thing in the middle of a crop of 64 x 64 pixels or more, parted from what lies along the crop's rim by colour (GrabCut:
/// Rother, Kolmogorov and Blake 2004). Empty (long_side_px 0) where the middle does not stand out of its surroundings: a wrong
/// outline teaches worse than none.
CropCutout cut_out(const Crop& crop);

/// `from` turned, mirrored, brought to `long_side_px` and shaded a little.
Cutout turned_cutout(const CropCutout& from, double long_side_px, Rng& rng);

}  // namespace beltwarden::vision
