// A bulk material from minerals: intimate mixing by Kubelka-Munk, moisture, and what a spectrometer over a belt
// makes of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.h"
#include "science/spectra/minerals.h"

namespace beltwarden::spectra {

/// What a spot of material consists of.
struct Recipe {
  struct Part {
    std::string mineral;
    double mass_percent = 0;    ///< of dry mass; parts are scaled to 100 in all
  };
  std::vector<Part> parts;
  double moisture_percent = 0;  ///< of wet mass
  double grain_size = 1;        ///< relative to the library's powders; coarser absorbs more
};

struct Mixture {
  Spectrum reflectance;
  Composition composition;
};

/// Mixes `recipe`. K/S of the mineral parts add by mass / density (for equal grain sizes that is the cross-section
/// each shows); grain size scales K/S; water adds its absorption along the film and darkens, because wet grains
/// scatter less (Twomey et al., Appl. Opt. 25 (1986) 431-437). An unknown mineral, negative parts or a
/// moisture outside 0 ... 40 % is an error.
Result<Mixture> mix(const MineralLibrary& library, const Recipe& recipe);

/// `share_percent` of the dry mass of `base` replaced by `other` (its moisture and grain size stay).
Recipe blend(const Recipe& base, const Recipe& other, double share_percent);

/// How the light path over a moving belt bends a reflectance: multiplicative gain (layer height), offset (stray
/// light, dust), tilt (relative change from one end of the axis to the other), white noise growing towards
/// the dark ends of the detectors, and steps between detector modules (1000 and 1800 nm).
struct Optics {
  double gain = 1;
  double offset = 0;
  double tilt = 0;
  double noise_sd = 0.001;        ///< of reflectance, where the detector is best
  double step_1000nm = 0;         ///< relative, above 1000 nm
  double step_1800nm = 0;         ///< relative, above 1800 nm
};

/// A light path as it varies from scan to scan on a healthy line.
Optics draw_optics(Rng& rng);

/// `reflectance` as the spectrometer reports it, kept within 0 ... 1.5. `axis_nm` and `reflectance` are of one size.
void observe(const std::vector<double>& axis_nm, const Optics& optics, Rng& rng, Eigen::Ref<Spectrum> reflectance);

}  // namespace beltwarden::spectra
