// What a sodium iodide detector beside the belt counts from a nuclide: photopeaks, Compton continuum, backscatter.
//
// A one-dimensional analytic model, not a transport calculation: shapes are right to some ten per cent, which
// serves to synthesise series and to state expectations. Real detectors are calibrated with sources.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::gamma {

/// A detector and what lies between it and the source.
struct DetectorModel {
  double thickness_cm = 10;          ///< of NaI along the photons' way
  double resolution_662 = 0.075;     ///< full width at half maximum over energy at 661.7 keV; width grows as sqrt(E)
  double ore_cover_g_per_cm2 = 0;    ///< ore between a point source and the detector
  /// Photons scattered on their way (air, ore, frame) per unscattered photon of 1 MeV. A source in the open
  /// has little, ore that is itself the source several times more.
  double scattered_per_direct = 0.3;
};

/// Natural activity in the bulk: photons reach the detector after long ways through ore.
inline DetectorModel bulk_ore_detector() { return {.scattered_per_direct = 3.0}; }

/// Expected counts in each channel per decay whose photons, uncollided, all head for the detector's face (the
/// caller multiplies by activity x solid-angle share x live time). `edges_kev`: channel edges, rising, at most
/// 8,193. A result has one value less than there are edges. Fails for an unknown nuclide or unordered edges.
Result<std::vector<double>> detector_response(std::string_view nuclide, std::span<const double> edges_kev,
                                              const DetectorModel& detector = {});

/// The width of a line, keV (full width at half maximum).
double peak_width_kev(double energy_kev, double resolution_662);

}  // namespace beltwarden::gamma
