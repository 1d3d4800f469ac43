// A regression of one or several responses, for all rows or for each class, as `spectra fit` writes it and the belt runs it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "science/spectra/bundle.h"
#include "science/spectra/regressor.h"
#include "science/spectra/transfer.h"

namespace beltwarden::spectra {

struct RegressionModels {
  std::vector<std::string> responses;                     ///< as the table calls them: "y:Fe"
  std::string by;                                         ///< column that chooses among the models; empty = one for all
  /// By response, then by class. "" is the model of all rows: the only one where models go by no column; else the desk asks it about rows of a
  /// class without a model of its own and calls the answer outside calibration, and the belt does not ask it.
  std::vector<std::map<std::string, Regressor, std::less<>>> models;
  GapFiller before_maps;                                  ///< of the instrument that the maps are from; inactive where nothing is known of it
  std::vector<SpectralMap> maps;                          ///< by response: spectra before they are predicted; empty = as they are
  std::string calibration;                                ///< rows it was fitted on (training_bytes.h); for transfer and following
  std::vector<std::string> ids, dates;                    ///< of those rows; dates empty where the table had none

  const std::vector<double>& axis_nm() const { return models.front().begin()->second.axis_nm(); }
  /// The model of a response for a class, or the one for all where the models go by no column; nullptr where there is none to rely on.
  const Regressor* find(std::size_t response, std::string_view class_name) const;
  /// `spectrum` as the model of a response is to see it: another instrument's made to look like the calibration's.
  void map_into(std::size_t response, Eigen::VectorXd& spectrum, Eigen::VectorXd& work) const;

  Bundle to_bundle() const;
  static Result<RegressionModels> from_bundle(const Bundle& bundle);
};

/// A part of a model that is a name a line; empty where there is none.
std::vector<std::string> lines_of(const Bundle& bundle, const std::string& part);

}  // namespace beltwarden::spectra
