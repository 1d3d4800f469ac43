// Choosing how to move a regression to another instrument, by cross-validation on the standards.
#pragma once

#include <functional>

#include "apps/lab/spectra/regression_model.h"

namespace beltwarden::lab {

/// Standards measured on both: rows of `a` and `b` with the same id. The laboratory values, where either table has them, are
/// what predictions are compared with; else the model's own on `a`.
Result<RegressionModels> transfer_models(const RegressionModels& models, const SpectralTable& a, const SpectralTable& b,
                                         const std::function<void(const std::string&)>& say, const std::function<void(double share)>& progress = {});

}  // namespace beltwarden::lab
