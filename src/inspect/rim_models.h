// Fitting what the camera and gamma inspectors judge with, from training material that someone else provides. The bytes
// go into a pack as models/<name>.bin.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "material/reading.h"
#include "science/vision/appearance.h"
#include "science/vision/frame_analysis.h"

namespace beltwarden::inspect {

/// Clean pictures of every brand, lot by lot. The bytes serve as "visual_anomaly" and as "inclusion_recognition".
Result<std::string> fit_appearance_model(const std::map<std::string, std::vector<vision::CleanLot>>& lots_of_brand);

/// A picture with one known object.
struct ObjectPicture {
  vision::FrameAnalysis analysis;
  material::Box box;                   ///< of the object
  std::string label;                   ///< "metal", "wood", "rope", ...
};

/// "impurity_classification": the strongest candidate whose centre lies in the box stands for the object; pictures in
/// which there is none are left out. Strongest candidates of pictures without an object teach the class "ore", when
/// given.
Result<std::string> fit_impurity_model(std::span<const ObjectPicture> objects,
                                       std::span<const vision::FrameAnalysis> clean = {});

/// A reading without sources, and what the belt was doing under the detector.
struct CleanGamma {
  material::GammaReading reading;
  double time_s = 0, speed_mps = 0;
  double load_kg_per_m = 0;            ///< 0: empty belt
};

/// "radioactivity", from runs without sources (gamma/belt_monitor.h): each run in order of time, all with the same
/// channels, the belt empty for a part of it and its load varied for the rest; ten minutes at the least, hours for a
/// threshold that means what it says. Four or more runs are judged by backgrounds learnt on the others.
Result<std::string> fit_radioactivity_model(std::span<const std::vector<CleanGamma>> runs,
                                            double false_alarms_per_hour = 0.01);

/// "radioactivity_weighing", from runs of ore of known K-40, U-238 and Th-232 series (Bq/kg), a row of activities for each
/// run, and the "radioactivity" of the same line (gamma/belt_weighing.h).
Result<std::string> fit_weighing_model(std::span<const std::vector<CleanGamma>> runs,
                                       std::span<const std::array<double, 3>> bq_per_kg, std::string_view radioactivity);

}  // namespace beltwarden::inspect
