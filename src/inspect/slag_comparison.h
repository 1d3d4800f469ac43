// Model 3: is there slag or other solid waste in it?
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges with "brand_shape" (one-class models of clean brands) and "slag_screen". Every slice gets "slice" with `slag_distance`, the index of
/// its brand relative to the limit. "slag_suspect" (suspect) when the slice fits no known brand in two slices running, or in one by
/// more than three times the limit, or when slag explains four slices running better. A single slice is said one slice later, and not
/// at all where it lies between the declared and another brand: there it is a mixture of two ores.
/// "slag_suspect" too when the mean share of slag of the last 500 t, or of the lot, exceeds what clean ore's would (`mean_500t.slag_fraction`,
/// `lot_mean.slag_fraction` with their limit as `high`): one false alarm in 50,000 looks, a look after each slice that is in no alarm of its own.
/// Slices under a dirty window, and brands the pack does not have, are not judged.
Result<std::unique_ptr<Inspector>> make_slag_comparison(const InspectorSources& sources);

}  // namespace beltwarden::inspect
