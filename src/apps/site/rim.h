// At the rim, pixels become measurements: only those travel on.
#pragma once

#include "base/result.h"
#include "instruments/driver.h"
#include "material/reading.h"
#include "science/vision/frame_analysis.h"

namespace beltwarden::site {

/// Measures frames. One a thread.
class Rim {
 public:
  /// The frame as a reading: digest, measurements, candidates. An error names what about the picture does not fit.
  Result<material::Reading> measure(const instruments::RawFrame& frame);

 private:
  vision::AnalyseScratch scratch_;
};

}  // namespace beltwarden::site
