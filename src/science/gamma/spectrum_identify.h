// Names the nuclides in one spectrum of any detector, with the energies its own calibration gives.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "science/gamma/source_templates.h"

namespace beltwarden::gamma {

struct NamedNuclide {
  std::string nuclide;
  bool natural = false;
  double confidence = 0;
  double explained = 0;              ///< of the peaks' chi-squared that nothing else explains
};

struct NamedSpectrum {
  std::vector<NamedNuclide> nuclides;   ///< best first; empty where no peak stands out
  double gain = 1;                      ///< of the spectrum's energies over true ones, as found
  double resolution_662 = 0;            ///< that peaks were compared with
};

/// Peaks alone are compared, because continua depend on detector and surroundings: spectrum and templates are brought to
/// one resolution on a scale of the square root of energy, their continua clipped off (SNIP: Ryan et al., NIM B 34, 1988),
/// and peaks fitted by non-negative least squares with an efficiency that falls with energy as a power to be found.
/// `background` has counts for the same live time, or is empty.
Result<NamedSpectrum> name_spectrum(std::span<const double> counts, std::span<const double> edges_kev,
                                    std::span<const double> background, const TemplateLibrary& library);

}  // namespace beltwarden::gamma
