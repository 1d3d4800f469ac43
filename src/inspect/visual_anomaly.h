// Model 4: does it look like this brand? A score for every slice from the colour and texture of its pictures.
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges with model "visual_anomaly" (vision/appearance.h). Every slice with pictures gets a finding "slice" with
/// `anomaly_score` (-log10 of the probability on clean material, to 0.01). A score above 5 in two slices running, or
/// above 9 in one, is "visual_anomaly": suspect, and an alarm for the first slice of the stretch. A brand without a
/// fit is not judged: said once a lot.
Result<std::unique_ptr<Inspector>> make_visual_anomaly(const InspectorSources& sources);

}  // namespace beltwarden::inspect
