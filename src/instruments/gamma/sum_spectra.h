// One spectrum for the whole monitor out of those of its detectors.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "formats/n42.h"
#include "material/reading.h"

namespace beltwarden::instruments {

/// Fills counts, calibration, live and real time, rates, occupancy and faults of a reading from one measurement.
///
/// A detector that gives several spectra of the same counts (linear and compressed) is taken once, the finest. Where
/// detectors are calibrated differently, their counts are shared out over the first one's channels by energy; sums
/// are kept. `occupied_unless_told` is what a monitor means that says nothing about occupancy.
/// Refuses what cannot be judged: no time, live time beyond real time, no calibration, a calibration that turns.
Result<material::GammaReading> to_gamma_reading(const formats::N42File& file,
                                                const formats::RadMeasurement& measurement, bool occupied_unless_told);

/// Moves `counts` from channels between `from_edges` to those between `to_edges` (keV, increasing, one more than
/// channels), each count spread evenly over its channel; what lies outside goes to the first or last channel.
std::vector<std::uint32_t> rebin(const std::vector<std::uint32_t>& counts, const std::vector<double>& from_edges,
                                 const std::vector<double>& to_edges);

}  // namespace beltwarden::instruments
