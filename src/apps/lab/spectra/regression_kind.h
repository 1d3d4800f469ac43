// `--kind regression` for fit, predict and evaluate.
#pragma once

#include "apps/lab/spectra/kinds.h"

namespace beltwarden::lab {

Result<spectra::Bundle> fit_regression(const FitRequest& request);
Result<std::string> predict_regression(const spectra::Bundle& model, const SpectralTable& table, bool average);
Result<std::string> evaluate_regression(const spectra::Bundle& model, const SpectralTable& table, bool average, bool json);

}  // namespace beltwarden::lab
