// How a picture was taken, whatever it shows: what a camera's health is judged by.
#pragma once

#include <span>

namespace beltwarden::vision {

struct ImageView;

/// What a frame measures; medians over clean frames are the brand's usual.
struct FrameQuality {
  double light = 0;      ///< mean green, 0 to 255; 0 where nothing was measured
  double saturated = 0;  ///< share of pixels with a channel at 254 or more
  double contrast = 0;   ///< between the 10 % and 90 % point of green, over their mean
  double detail = 0;     ///< mean difference of neighbours over the same range
  double dark_point = 0; ///< 5 % point of green
};
FrameQuality measure_quality(const ImageView& image);
FrameQuality usual_quality(std::span<const FrameQuality> clean);

}  // namespace beltwarden::vision
