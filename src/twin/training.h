// Material to fit models on: the same kinds of ore, belt and objects as a berth shows, but never the same lots, strips
// of texture, objects or random numbers. What is fitted here is then tried on a berth it has not seen.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "instruments/driver.h"
#include "material/reading.h"
#include "twin/berth.h"

namespace beltwarden::twin {

/// One scan over clean material with the laboratory's value of its slice.
struct TrainingSpectrum {
  std::string brand;
  int lot = 0, slice = 0, scan = 0;     ///< scans of one slice share its composition
  std::array<double, 7> composition{};  ///< Fe, SiO2, Al2O3, P, S, LOI (% of dry mass), moisture (% of wet mass)
  std::vector<float> reflectance;
};

/// A picture with one object in it. `label`: "metal", "wood", "rope", "plastic" or "rubber".
struct TrainingObject {
  instruments::RawFrame frame;
  material::Box box;
  std::string label;
};

/// A gamma reading with what the belt was doing.
struct TrainingGamma {
  material::GammaReading reading;
  double time_s = 0, load_kg_per_m = 0, speed_mps = 0;
};

/// Makes training material for instruments as a scenario has them (axis, picture size, channels). Not thread-safe.
class TrainingSource {
 public:
  /// Of `like` only the instruments count. `seed` may be any: its numbers never meet those of a berth.
  static Result<std::unique_ptr<TrainingSource>> create(const Config& like, const std::string& data_folder,
                                                        std::uint64_t seed);
  virtual ~TrainingSource() = default;

  virtual std::vector<std::string> brands() const = 0;
  virtual std::vector<double> wavelengths_nm() const = 0;

  /// `lots` lots of a brand, `slices` slices each, `scans` scans a slice.
  virtual std::vector<TrainingSpectrum> spectra(std::string_view brand, int lots, int slices, int scans) const = 0;

  /// `count` clean pictures of lot `lot` of a brand in belt order, spread over some 3,000 t. Loads vary as on a belt.
  virtual std::vector<instruments::RawFrame> clean_frames(std::string_view brand, int lot, int count) const = 0;

  /// Objects of all classes in turn, of drawn sizes, on ore of the brand.
  virtual TrainingObject object_frame(std::string_view brand, std::uint64_t index) const = 0;

  /// A source-free series: the belt fills, runs with changing load and ore, runs empty, again and again.
  virtual std::vector<TrainingGamma> gamma_series(int readings, int series) const = 0;
  /// What its ore holds: K-40, U-238 and Th-232 series, Bq/kg.
  virtual std::array<double, 3> gamma_activity(int series) const = 0;

  virtual std::vector<Berth::Provenance> provenance() const = 0;
};

}  // namespace beltwarden::twin
