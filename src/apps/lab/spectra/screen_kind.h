// `--kind screen` for fit, predict and evaluate: is there slag in it?
#pragma once

#include "apps/lab/spectra/kinds.h"

namespace beltwarden::lab {

Result<void> check_screen_usage(const FitRequest& request);
Result<spectra::Bundle> fit_screen(const FitRequest& request);
Result<std::string> predict_screen(const spectra::Bundle& model, const SpectralTable& table, bool average, const Progress& progress = {});
/// Against column `y:slag` (% of dry mass; 0 = clean; rows without a value are counted as unlabelled).
Result<std::string> evaluate_screen(const spectra::Bundle& model, const SpectralTable& table, bool average, bool json,
                                    const Progress& progress = {});

}  // namespace beltwarden::lab
