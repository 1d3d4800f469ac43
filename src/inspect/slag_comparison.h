// Model 3: is there slag or other solid waste in it?
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges with "slag_comparison" (one-class models of clean brands). Every slice gets "slice" with `slag_distance`, the index of
/// its brand relative to the limit. "slag_suspect" (suspect) when the slice fits no known brand in two slices running, or in one by
/// more than three times the limit, or when slag explains four slices running better. A single slice is said one slice later, and not
/// at all where it lies between the declared and another brand: there it is a mixture of two ores.
/// Slices under a dirty window, and brands the pack does not have, are not judged.
Result<std::unique_ptr<Inspector>> make_slag_comparison(const InspectorSources& sources);

}  // namespace beltwarden::inspect
