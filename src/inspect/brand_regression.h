// Model 1: what is this ore's composition, and is it the declared brand?
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges with "brand_regression", "brand_identity" and "brand_shape". For every slice it says
///  - "slice": the predicted composition with its uncertainty, what was declared and the limit;
///  - "outside_calibration" (don't know) when T2 or Q of a model exceeds its limit, or something foreign is mixed in;
///  - "wrong_brand" (suspect) when the slice is not the declared brand but fits another one, in two slices running or, far
///    off, in one; or when another brand, though it fits the declared one's model too, is the likelier for 8 slices running;
///    label = the brand it looks like;
///  - "dirty_window" (suspect, not judged) when the light levels tell of haze or of a failing lamp.
/// Slices it does not know count as not judged. A brand the pack does not have is said once a lot ("unknown_brand").
Result<std::unique_ptr<Inspector>> make_brand_regression(const InspectorSources& sources);

}  // namespace beltwarden::inspect
