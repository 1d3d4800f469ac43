// `--kind identity` for fit, predict and evaluate: which class is it?
#pragma once

#include "apps/lab/spectra/kinds.h"

namespace beltwarden::lab {

Result<void> check_identity_usage(const FitRequest& request);
Result<spectra::Bundle> fit_identity(const FitRequest& request);
Result<std::string> predict_identity(const spectra::Bundle& model, const SpectralTable& table, bool average, const Progress& progress = {});
Result<std::string> evaluate_identity(const spectra::Bundle& model, const SpectralTable& table, bool average, bool json,
                                      const Progress& progress = {});

}  // namespace beltwarden::lab
