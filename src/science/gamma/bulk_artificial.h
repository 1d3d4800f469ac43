// Artificial nuclides spread in bulk material, in Bq/kg, beside the natural series: no block holds them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "science/gamma/kut.h"

namespace beltwarden::gamma {

/// What a calibration counts for 1 Bq/kg of a nuclide, by its bins, with each bin's own standard uncertainty; `common_error` is
/// relative and that of all bins together.
struct ArtificialSensitivity {
  std::string nuclide;
  std::vector<double> cps, error;
  double common_error = 0;
};

/// Of Cs-137, Co-60, Eu-152, I-131 and Ir-192, which have lines within the bins: counts of the response model for ore that is itself
/// the source, times what the calibration makes of that model for K, U and Th (geometry and self-absorption); how far these three
/// disagree, 15 % at the least, is the common uncertainty. Am-241 and Se-75 count below the bins and are not weighed.
std::vector<ArtificialSensitivity> artificial_sensitivities(const KutCalibration& calibration);

/// A fit of the natural series (and of other known columns) that a nuclide is to be weighed beside. All spans by bin.
struct FittedBulk {
  std::span<const double> rest;                  ///< measured less fitted
  std::span<const double> variance;              ///< of what was measured, as fitted
  std::vector<std::vector<double>> columns;      ///< that were fitted
  std::vector<double> amounts, prior_information;   ///< of each column: as fitted, and what was known beforehand; 0 = nothing
  double counts_per_cps = 1;                     ///< what 1 cps of a sensitivity is in the unit of `rest`
  double variance_per_count = 1;                 ///< variance that one more of that unit brings
  double inflate = 1;                            ///< of standard uncertainties: bins that scatter more than they should
};

std::vector<ArtificialActivity> weigh_artificial(const std::vector<ArtificialSensitivity>& sensitivities, const FittedBulk& fitted);

}  // namespace beltwarden::gamma
