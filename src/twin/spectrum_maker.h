// What the spectrometer sees of the material under it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "material/reading.h"
#include "science/spectra/ores.h"
#include "twin/belt_plan.h"
#include "twin/reference_data.h"
#include "twin/scenario.h"

namespace beltwarden::twin {

class SpectrumMaker {
 public:
  static Result<SpectrumMaker> make(const Scenario& scenario, const ReferenceData& reference);

  /// Reading `index` over material of this coordinate. Deterministic.
  material::SpectrumReading reading(std::uint64_t index, double coordinate_m, const BeltPlan& plan) const;

  /// The laboratory's mean of a lot, dry % and wet moisture, for its declaration.
  Result<spectra::Composition> lot_mean(std::size_t lot) const;

  const spectra::MineralLibrary& library() const { return library_; }
  std::shared_ptr<const material::SpectralAxis> axis() const { return axis_; }

 private:
  spectra::Recipe slice_recipe(const BeltPlan::Spot& spot) const;

  const Scenario* scenario_ = nullptr;
  spectra::MineralLibrary library_;
  std::shared_ptr<const material::SpectralAxis> axis_;
  std::vector<spectra::OreLot> lots_;        // of the scenario's lots
  std::vector<spectra::OreLot> other_lots_;  // of its faults: the wrong brand's, else unused
};

}  // namespace beltwarden::twin
