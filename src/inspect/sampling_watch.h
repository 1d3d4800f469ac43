// The sampling watch: increments due by tonnes against increments that the sampler confirmed.
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Named "sampling". Judges by the plan of each lot (sampling/plan.h), needs no model. An increment that has not been
/// confirmed one slice after its tonne is "increment_missed": suspect, label "refused" or "no_answer"; the first of a
/// row asks for an alarm (medium). Increments due in the last 20 t of a lot, whose answer may come after its last
/// slice, are waited for up to two minutes.
Result<std::unique_ptr<Inspector>> make_sampling_watch(const InspectorSources& sources);

}  // namespace beltwarden::inspect
