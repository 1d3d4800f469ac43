// The radioactivity watch: counts against what this lot should count at this belt load.
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges with model "radioactivity" (gamma/load_background.h). Findings:
/// - "slice": mean `gamma_rate` with the expected rate, cps to 0.1;
/// - "artificial_source" (critical), "natural_radioactivity_high" (high), "gamma_excess" (high; no nuclide fits): one
///   for each source when it has passed, and for one that lasts already after 40 readings; label is the nuclide;
///   evidence is the summed spectrum against the expected one;
/// - "detector_fault" (medium): label stuck, dead, noisy, or what the monitor itself complains of.
/// Tonnes count as judged unless half the detectors are at fault or the monitor says it is.
Result<std::unique_ptr<Inspector>> make_radioactivity(const InspectorSources& sources);

}  // namespace beltwarden::inspect
