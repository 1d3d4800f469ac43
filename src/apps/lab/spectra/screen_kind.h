// `--kind screen` for fit, predict and evaluate: is there slag in it?
#pragma once

#include "apps/lab/spectra/kinds.h"

namespace beltwarden::lab {

Result<spectra::Bundle> fit_screen(const FitRequest& request);
Result<std::string> predict_screen(const spectra::Bundle& model, const SpectralTable& table, bool average);
/// Against column `y:slag` (% of dry mass; missing or 0 = clean).
Result<std::string> evaluate_screen(const spectra::Bundle& model, const SpectralTable& table, bool average, bool json);

}  // namespace beltwarden::lab
