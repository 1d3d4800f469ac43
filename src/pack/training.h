// Training spectra for the models of a pack.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "pack/pack.h"
#include "science/spectra/minerals.h"
#include "science/spectra/training.h"

namespace beltwarden::pack {

/// What a set of training spectra is for.
enum class Purpose {
  kComposition = 1,   ///< spread wider than the brand is, with responses: for regression
  kClean = 2,         ///< clean material of many lots, wet and dry: for what belongs
  kHeldOut = 3,       ///< more of the same from other lots, many readings a slice: for limits
  kUsual = 4,         ///< lots as they usually come, several slices each, with responses: for what is said of how sure a value is
};

/// Gives the spectra of a brand, one row a reading as the spectrometer sends it. Readings of one slice share a group, slices of one lot
/// a lot; all brands and purposes share one axis.
using TrainingProvider = std::function<Result<spectra::TrainingSet>(const Brand& brand, Purpose purpose, std::uint64_t seed)>;

/// Spectra mixed from `library` by the recipe of that brand's name in spectra::demo_ores(), over lots and scans that depend on
/// `seed` alone: give it another seed than what is to be judged. A reading is the mean of `spots` spots, seen through one
/// light path.
TrainingProvider generated_training(spectra::MineralLibrary library, int spots = 3);

}  // namespace beltwarden::pack
