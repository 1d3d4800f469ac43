// A training set kept with its model, so that the model can be moved to another instrument later.
#pragma once

#include <string>
#include <string_view>

#include "science/spectra/training.h"

namespace beltwarden::spectra {

/// Spectra as 32-bit floats (an instrument gives no more), values and groups whole.
std::string training_to_bytes(const TrainingSet& set);
Result<TrainingSet> training_from_bytes(std::string_view bytes);

}  // namespace beltwarden::spectra
