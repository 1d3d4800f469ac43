// The logistics watch: progress, rate, expected end, mass against the declaration, and whether the scale can be
// believed.
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Named "logistics". Needs no model. Findings:
/// - "slice" for each slice: `progress` (% of the declared mass, to 0.01), `rate` of the last ten minutes (t/h, to 1),
///   `belt_load` (kg/m, to 0.1) and `hours_to_end` (to 0.01) where it can be said;
/// - "mass_differs" (medium) when a lot ends: measured against declared mass, beyond what scale and survey may err;
/// - "scale_drift" (medium): the scale's rate has shifted against the mass of the cutter's increments;
/// - "tonnes_of_no_lot" (medium), each 10 t: mass passed the scale while the PLC named no lot, or one that had ended. Placed where
///   the last lot was weighed; before any lot it is only the PLC's health that says so.
Result<std::unique_ptr<Inspector>> make_logistics_watch(const InspectorSources& sources);

}  // namespace beltwarden::inspect
