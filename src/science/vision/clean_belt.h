// How a belt of clean ore looks to the joined evidence of many frames: what the threshold of events is set by.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "science/vision/detector.h"

namespace beltwarden::vision {

struct CleanBelt {
  std::vector<double> event_scores;  ///< of everything that stands out, however little
  double frames = 0;                 ///< belt passed, in frame heights

  void append(const CleanBelt& other);
};

/// Every picture, with its mirror pictures before and after it, is carried past the camera in views that overlap, each with
/// noise of its own and mirrored in turn, as those of a sequence are.
Result<CleanBelt> pass_clean_belt(Detector& detector, std::span<const Picture> pictures, std::uint64_t seed);

/// The threshold of joined evidence, by all that stands out on `belt`: what kEventShare of the claim exceeds in a frame's height.
void set_event_threshold(DetectorModel& model, const CleanBelt& belt);

}  // namespace beltwarden::vision
