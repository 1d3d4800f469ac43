// Fitting what the camera and gamma inspectors judge with, from training material that someone else provides. The bytes
// go into a pack as models/<name>.bin.
#pragma once

#include <map>
#include <span>
#include <string>
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

/// A reading without sources, and the belt's load under the detector. `lot` < 0: empty belt.
struct CleanGamma {
  material::GammaReading reading;
  double load_kg_per_m = 0;
  int lot = 0;
};

/// "radioactivity".
Result<std::string> fit_radioactivity_model(std::span<const CleanGamma> readings);

}  // namespace beltwarden::inspect
