// The radioactivity watch: counts against what this lot should count at this belt load.
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges with model "radioactivity" (gamma/belt_monitor.h), one monitor for the line; each lot's ore is remembered. Findings:
/// - "slice" (ok): "gamma_rate" with its expected value;
/// - "artificial_source" (critical; a natural one beside it is in the label: "Cs-137+Ra-226"),
///   "natural_radioactivity_high" (high), "gamma_excess" (high; no nuclide fits): one source, with its spectrum against
///   what was expected and its position; one that lasts is said after 40 s and again, without asking for an alarm, at its end;
/// - "natural_radioactivity_high" (high) with "times_usual": the ore itself counts far more than lots do, for minutes;
/// - "overload" (critical): the detectors are dead for more than 30 % of the time; above 20 % a name has a confidence of 0.5 at
///   most, because pulses pile up;
/// - "detector_fault" (medium): a detector that repeats itself, counts nothing or far too much, or what the monitor says.
/// Tonnes that were read before what to expect was known, at an unknown load, or while the instrument was not itself, are
/// not judged.
Result<std::unique_ptr<Inspector>> make_radioactivity(const InspectorSources& sources);

}  // namespace beltwarden::inspect
