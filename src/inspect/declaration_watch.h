// Is what was declared what comes over the belt?
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Compares each lot's running means with its declaration: every 500 t from 1,000 t on, and with the last slice. Says
/// "declared_composition_differs" (suspect, label = quantity, once a lot and quantity) when the mean lies off the declared value
/// by more than a tolerance for the declaration's own laboratory plus three standard uncertainties; and
/// "declared_brand_differs" (label = brand) once when another brand made up more than half of the tonnes judged. With the
/// last slice "declaration_compared" lists every quantity beside its declared value. Slices outside calibration do not count.
Result<std::unique_ptr<Inspector>> make_declaration_watch(const InspectorSources& sources);

}  // namespace beltwarden::inspect
