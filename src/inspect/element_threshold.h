// Model 2: does an element exceed its limit?
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Holds predicted compositions against the pack's limits in % (a limit of the declared brand goes before one of every brand).
/// A limit is exceeded only if value - guard_k * uncertainty > limit (decision rule of JCGM 106:2012 with a guard band):
///  - a slice: in two slices running, or in one with twice the guard band;
///  - the mean of the last 500 t, and of the lot so far (from 500 t): what slices of a lot share of their error, by
///    the model's own account of lots it was not fitted on, no averaging takes away.
/// Says "limit_exceeded" (for moisture "moisture_high"), label = quantity. With the last slice
/// it says the lot's means ("lot_mean"). Slices outside calibration are not judged.
Result<std::unique_ptr<Inspector>> make_element_threshold(const InspectorSources& sources);

}  // namespace beltwarden::inspect
