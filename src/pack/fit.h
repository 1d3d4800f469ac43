// Fitting a pack's spectral models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pack/pack.h"
#include "pack/training.h"

namespace beltwarden::pack {

/// Bytes of fitted models by name, as they lie in models/<name>.bin.
using FittedModels = std::map<std::string, std::string>;

/// What has been fitted so far: words for people and a share 0 ... 1.
using Progress = std::function<void(std::string_view what, double share)>;

/// Share of clean slices that a spectral one-class model may put above its limit. A suspicion also needs a second slice in a
/// row or a far higher index (inspect/slag_comparison.h), so false alarms of a whole ship stay rare.
inline constexpr double kSliceFalseAlarms = 0.001;

/// Fits "brand_regression", "brand_identity" and "slag_comparison" for every brand of `pack` that names a training source.
/// Deterministic for a seed and the provider's spectra.
Result<FittedModels> fit_spectral_models(const Pack& pack, const TrainingProvider& provider, std::uint64_t seed,
                                         const Progress& progress = {});

/// Makes a pack in `out` (made if missing; pack.sig removed) from pack.toml of `source` and fitted models: those given replace
/// models of the same name, others already there stay.
Result<void> write_pack(const std::filesystem::path& source, const FittedModels& models, const std::filesystem::path& out);

}  // namespace beltwarden::pack
