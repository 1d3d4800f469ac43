// Model 4: does it look like this brand? A score for every slice from the colour and texture of its pictures.
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Fused from how a slice's pictures look on the whole and from what the brand's network sees in the middle one of them, where the
/// rim has a network: the rarer of the two on clean ore counts. The expectation follows a lot slowly and by no more than one
/// standard deviation between lots, moved by slices without suspicion alone. Pictures too badly taken to see in are left out, and
/// their tonnes are not covered.
///
/// Judges with model "visual_anomaly" (vision/appearance.h). Every slice with pictures gets a finding "slice" with
/// `anomaly_score` (-log10 of the probability on clean material, to 0.01). A score above 5 in two slices running, or
/// above 9 in one, is "visual_anomaly": suspect, and an alarm for the first slice of the stretch. A brand without a
/// fit is not judged: said once a lot.
Result<std::unique_ptr<Inspector>> make_visual_anomaly(const InspectorSources& sources);

}  // namespace beltwarden::inspect
