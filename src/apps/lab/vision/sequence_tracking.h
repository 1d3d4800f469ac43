// Events of a sequence of frames on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apps/lab/vision/vision_model.h"
#include "science/vision/belt_mosaic.h"

namespace beltwarden::lab {

struct TrackedEvent {
  vision::BeltEvent event;
  vision::CropClass what;
  double length_mm = 0;
};

struct TrackedSequence {
  std::vector<TrackedEvent> events;
  std::int64_t of_another_size = 0;  ///< frames left out, because the first is of another size
};

/// Median shift of up to twelve pairs of neighbouring frames, spread over the sequence.
Result<double> measure_px_per_frame(const std::vector<std::string>& paths);

/// A negative `px_per_frame` means that material moves towards smaller y.
Result<TrackedSequence> track_sequence(const VisionModel& model, ModelEye& eye, const std::vector<std::string>& paths,
                                       double px_per_frame, const std::function<void(double)>& progress);

}  // namespace beltwarden::lab
