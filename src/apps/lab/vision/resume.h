// Going on from a model with what officers said.
#pragma once

#include <string>

#include "base/result.h"

namespace beltwarden::lab {

struct ResumeOptions {
  std::string model, verdicts, out;
  std::string frames;               ///< folder of the verdicts' pictures; empty: beside the verdicts
};

/// "ore" goes into the brand's memory, a class into the classifier, each with its provenance. Says what the old and the new model
/// make of every judged place; the old file stays as it is.
Result<void> resume_with_verdicts(const ResumeOptions& options);

}  // namespace beltwarden::lab
