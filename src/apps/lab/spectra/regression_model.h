// Asking a regression about the rows of a table.
#pragma once

#include <functional>
#include <vector>

#include "apps/lab/spectra/spectral_table.h"
#include "science/spectra/regression_models.h"

namespace beltwarden::lab {

using spectra::RegressionModels;
using spectra::lines_of;

struct RegressionAnswers {
  SpectralTable table;                                    ///< rows answered for: slices when averaged
  std::vector<std::vector<spectra::Prediction>> of;       ///< by response, one a row
};

/// Answers for each row, or for each slice from its scans.
Result<RegressionAnswers> ask(const RegressionModels& models, const SpectralTable& table, bool average,
                              const std::function<void(double share)>& progress = {});

}  // namespace beltwarden::lab
