// Fitting a pack's spectral models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/executor.h"
#include "base/result.h"
#include "pack/pack.h"
#include "pack/training.h"

namespace beltwarden::pack {

/// Bytes of fitted models by name, as they lie in models/<name>.bin.
using FittedModels = std::map<std::string, std::string>;

/// What has been fitted so far: words for people and a share 0 ... 1. Called from one thread at a time.
using Progress = std::function<void(std::string_view what, double share)>;

/// Share of clean slices that a spectral model may put above its limit. A suspicion also needs further slices in a
/// row or a far higher index (inspect/slag_comparison.h), so false alarms of a whole ship stay rare.
inline constexpr double kSliceFalseAlarms = 0.001;

/// How much is tried. Results do not depend on the executor.
struct FitEffort {
  bool thorough = false;     ///< everything that `spectra fit` tries: minutes to hours; else two treatments and linear methods: seconds
  Executor executor = run_in_turn;
};

/// Fits the spectral models of every brand of `pack` that names a training source. "brand_regression", "brand_identity" and "slag_screen"
/// are files as `spectra fit` writes them, and one that it wrote may take their place; "brand_shape" and "spectrometer_health" say what
/// of a brand is usual on the line. Deterministic for a seed and the provider's spectra.
Result<FittedModels> fit_spectral_models(const Pack& pack, const TrainingProvider& provider, std::uint64_t seed, const Progress& progress = {},
                                         const FitEffort& effort = {});

/// Makes a pack in `out` (made if missing; pack.sig removed) from pack.toml of `source` and fitted models: those given replace
/// models of the same name, others already there stay.
Result<void> write_pack(const std::filesystem::path& source, const FittedModels& models, const std::filesystem::path& out);

}  // namespace beltwarden::pack
