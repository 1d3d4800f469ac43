// What the second look of a brand's detector is taught by.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/executor.h"
#include "base/result.h"
#include "science/vision/crop_cutouts.h"
#include "science/vision/detector.h"

namespace beltwarden::vision {

/// The second look, and those that each group of clean frames is fairly judged by: taught by all groups but that one.
struct TaughtLooks {
  struct Group {
    std::size_t first = 0, count = 0;   ///< of the clean frames
    SecondLook by_others;
  };
  SecondLook all;
  std::vector<Group> groups;
};

/// How much is learnt.
struct Teaching {
  std::size_t groups = 0;   ///< in how many pieces the frames are judged; 0: not at all
  double share = 1;         ///< of the examples
};

/// Looks with the model's network for the oddest places of generated scenes (things, and ore pasted the same way) and of clean frames and their
/// mirror pictures, as they will be looked at; crops in several sizes, and pieces of clean ore laid the same way, in other light. `cutouts`: one a
/// crop.
Result<TaughtLooks> learn_second_look(const DetectorModel& model, std::span<const Picture> clean, std::span<const Crop> crops,
                                      std::span<const CropCutout> cutouts, const DetectorFit& fit, const Teaching& teaching,
                                      const Executor& executor);

}  // namespace beltwarden::vision
