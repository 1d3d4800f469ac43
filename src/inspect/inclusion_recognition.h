// Model 5: is there an object that is not ore? One finding for each, when the belt has carried it out of the pictures.
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges with model "inclusion_recognition" (vision/appearance.h: how strong candidates of clean pictures are).
/// Finding "inclusion": suspect; `length` and `width` in mm to 1 mm, `strength` with its limit to 0.01; `one_in_clean_frames`: one in so many clean
/// pictures shows something as odd (two digits); evidence is the
/// best picture with the object's box. Priority high from 300 mm, where crushers and transfer chutes suffer, else
/// medium.
Result<std::unique_ptr<Inspector>> make_inclusion_recognition(const InspectorSources& sources);

}  // namespace beltwarden::inspect
