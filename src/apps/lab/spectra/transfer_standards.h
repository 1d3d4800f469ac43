// Standards measured on two instruments, paired and fit to learn from.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/lab/spectra/regression_model.h"

namespace beltwarden::lab {

struct Standards {
  spectra::Spectra a, b;                         ///< on the model's axis, paired
  std::vector<std::string> ids;
  std::vector<std::string> classes;              ///< by the model's column, or empty strings
  Eigen::MatrixXd values;                        ///< rows x responses; NaN = not in either table
  spectra::GapFiller filler;                     ///< of the second instrument
};

/// Rows of the same id in both tables, at least 5. Gaps are filled, each instrument's by what is known of it; standards whose spectra
/// a model still cannot judge are left out and `say` names them.
Result<Standards> pair_up(const RegressionModels& models, const SpectralTable& a, const SpectralTable& b,
                          const std::function<void(const std::string&)>& say);

/// The model that answers for a class.
const spectra::Regressor& model_for(const RegressionModels& models, std::size_t response, const std::string& class_name);

}  // namespace beltwarden::lab
