// Series and spectra as the gamma commands find them in files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/gamma_series.h"
#include "formats/n42.h"
#include "science/gamma/background_model.h"
#include "science/gamma/belt_monitor.h"
#include "science/gamma/kut.h"

namespace beltwarden::lab {

/// File name up to the first dot: "D01" of "belt/D01.csv.gz".
std::string series_name(const std::string& path);

/// The JSON beside a table: "D01.json" beside "D01.csv.gz".
std::string json_beside(const std::string& path);

/// Reads a table with the JSON beside it, where there is one. Errors name the file.
Result<formats::GammaSeries> load_series(const std::string& path, bool needs_energies = true);

/// A view that keeps its series.
gamma::BeltSeries belt_series(std::string name, std::shared_ptr<const formats::GammaSeries> series);

/// One spectrum with its own energies: the sum of all spectra of a file's foreground that share one calibration.
struct OneSpectrum {
  std::vector<double> counts;
  std::vector<double> edges_kev;
  double live_s = 0;
  std::vector<double> background;        ///< counts, scaled to live_s; empty where the file has none
};

/// From an N42 file or a series table, by content.
Result<OneSpectrum> load_spectrum(const std::string& path);

/// The same as the activity commands take it.
Result<gamma::MeasuredSpectrum> measured_spectrum(const std::string& path);

Result<gamma::BeltModel> load_belt_model(const std::string& path);

}  // namespace beltwarden::lab
