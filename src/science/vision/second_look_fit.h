// What the second look of a brand's detector is taught by.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/executor.h"
#include "base/result.h"
#include "science/vision/crop_cutouts.h"
#include "science/vision/detector.h"

namespace beltwarden::vision {

/// Looks with the model's network for the oddest places of generated scenes (things, and ore pasted the same way) and of clean frames and their
/// mirror pictures, as they will be looked at; crops, and pieces of clean ore of their size, are windows as they are. `cutouts`: one a crop.
Result<SecondLook> learn_second_look(const DetectorModel& model, std::span<const Picture> clean, std::span<const Crop> crops,
                                     std::span<const CropCutout> cutouts, const DetectorFit& fit, const Executor& executor);

}  // namespace beltwarden::vision
