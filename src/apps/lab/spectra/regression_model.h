// A regression of one or several responses, for all rows or for each class, as `spectra fit` writes it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "apps/lab/spectra/spectral_table.h"
#include "science/spectra/bundle.h"
#include "science/spectra/regressor.h"
#include "science/spectra/transfer.h"

namespace beltwarden::lab {

struct RegressionModels {
  std::vector<std::string> responses;                     ///< as the table calls them: "y:Fe"
  std::string by;                                         ///< column that chooses among the models; empty = one for all
  /// By response, then by class; "" is for all rows, and for classes that have no model of their own.
  std::vector<std::map<std::string, spectra::Regressor, std::less<>>> models;
  spectra::GapFiller before_maps;                         ///< of the instrument that the maps are from; inactive where nothing is known of it
  std::vector<spectra::SpectralMap> maps;                 ///< by response: spectra before they are predicted; empty = as they are
  std::string calibration;                                ///< rows it was fitted on (training_bytes.h); for transfer and following
  std::vector<std::string> ids, dates;                    ///< of those rows; dates empty where the table had none

  spectra::Bundle to_bundle() const;
  static Result<RegressionModels> from_bundle(const spectra::Bundle& bundle);
};

struct RegressionAnswers {
  SpectralTable table;                                    ///< rows answered for: slices when averaged
  std::vector<std::vector<spectra::Prediction>> of;       ///< by response, one a row
};

/// A part of a model that is a name a line; empty where there is none.
std::vector<std::string> lines_of(const spectra::Bundle& bundle, const std::string& part);

/// Answers for each row, or for each slice from its scans.
Result<RegressionAnswers> ask(const RegressionModels& models, const SpectralTable& table, bool average,
                              const std::function<void(double share)>& progress = {});

}  // namespace beltwarden::lab
