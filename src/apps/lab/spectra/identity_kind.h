// `--kind identity` for fit, predict and evaluate: which class is it?
#pragma once

#include "apps/lab/spectra/kinds.h"

namespace beltwarden::lab {

Result<spectra::Bundle> fit_identity(const FitRequest& request);
Result<std::string> predict_identity(const spectra::Bundle& model, const SpectralTable& table, bool average);
Result<std::string> evaluate_identity(const spectra::Bundle& model, const SpectralTable& table, bool average, bool json);

}  // namespace beltwarden::lab
