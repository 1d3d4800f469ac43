// `--kind regression` for fit, predict and evaluate.
#pragma once

#include "apps/lab/spectra/kinds.h"

namespace beltwarden::lab {

Result<void> check_regression_usage(const FitRequest& request);
Result<spectra::Bundle> fit_regression(const FitRequest& request);
Result<std::string> predict_regression(const spectra::Bundle& model, const SpectralTable& table, bool average, const Progress& progress = {});
Result<std::string> evaluate_regression(const spectra::Bundle& model, const SpectralTable& table, bool average, bool json,
                                        const Progress& progress = {});

}  // namespace beltwarden::lab
