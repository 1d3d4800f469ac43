// Model 6: what is the object? A class with confidence for each inclusion, or "unknown".
#pragma once

#include <memory>

#include "base/result.h"
#include "inspect/inspector.h"
#include "inspect/registry.h"

namespace beltwarden::inspect {

/// Judges with models "impurity_classification" (vision/impurity_classifier.h) and "inclusion_recognition" (which
/// candidates are objects); unfitted without either. The class that the brand's network gave at the rim comes before that of the
/// former. Finding "impurity": label and confidence (to 0.01), suspect but
/// asking for no alarm of its own: inclusion recognition has raised it. "unknown" is a valid answer.
Result<std::unique_ptr<Inspector>> make_impurity_classification(const InspectorSources& sources);

}  // namespace beltwarden::inspect
