// Measured input for the twin where a reference folder has it; what it lacks is generated.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "science/spectra/minerals.h"
#include "twin/berth.h"
#include "twin/cutout.h"

namespace beltwarden::twin {

class ReferenceData {
 public:
  /// `folder` may be empty. A folder without a part makes that part synthetic; a part that does not parse is an error.
  static Result<ReferenceData> open(const std::string& folder);

  /// The same with other pictures of ore and of objects and another stretch of background: for fitting, so that a berth
  /// shows none of what its models have learnt from.
  ReferenceData for_training() const;

  /// Minerals on this axis: measured end-members where there are any, else generated ones.
  Result<spectra::MineralLibrary> mineral_library(std::span<const double> axis_nm) const;

  /// Measured background of a gamma monitor: share of the counts between edges, 1 in all; empty when there is none.
  struct Background {
    std::vector<double> edges_kev, share;
  };
  const Background& gamma_background() const { return background_; }

  /// A picture of real ore, filling it from rim to rim: 8-bit BGR, rows without padding.
  struct Picture {
    int width = 0, height = 0;
    double mm_per_px = 2;
    std::vector<std::uint8_t> bgr;
  };
  const std::vector<Picture>& ore_pictures() const { return ore_; }

  /// Pictures of real things that are not ore, of one class.
  std::vector<const Cutout*> cutouts(const std::string& label) const;

  std::vector<Berth::Provenance> provenance() const;

 private:
  struct EndMember {
    std::string mineral;
    std::vector<double> wavelengths_nm, reflectance;  // mean of the specimens
  };
  Result<void> read_spectra(const std::filesystem::path& file);
  Result<void> read_gamma(const std::filesystem::path& series, const std::filesystem::path& description);
  Result<void> read_ore(const std::filesystem::path& folder);

  std::vector<EndMember> end_members_;
  Background background_, training_background_;
  std::vector<Picture> ore_, training_ore_;
  std::vector<Cutout> cutouts_, training_cutouts_;
};

}  // namespace beltwarden::twin
