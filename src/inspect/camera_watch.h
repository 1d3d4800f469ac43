// Watch: is it the ore that looks odd, or the camera?
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges how pictures were taken against the brand's usual ("visual_anomaly", vision/appearance.h), slice by slice and camera by
/// camera. A fault that half of a slice's loaded pictures have is said once it begins and every 500 t while it lasts (suspect, low
/// priority), with the share of pictures and one of them:
///  - "camera_dark", "camera_overexposed", "camera_blurred", "camera_dusty": of the light, the lens, the air,
///  - "camera_frozen": the same picture while tonnes pass, "camera_dirty_window": a place that stands still while the belt moves,
///  - "camera_dropped": a tenth of the pictures and three or more are missing from the camera's running numbers, lost on the way or
///    skipped because the machine could not keep up.
/// Coverage reaches over slices of known brands but for tonnes of pictures too bad to see in, which the camera's models leave out
/// too. Not required for a release by itself.
Result<std::unique_ptr<Inspector>> make_camera_watch(const InspectorSources& sources);

}  // namespace beltwarden::inspect
