// Fits a pack on the twin's training material: other seeds, lots, textures and objects than any ship of its shows.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/config.h"
#include "base/result.h"

namespace beltwarden::app {

/// Words for people and a share 0 to 1.
using FitProgress = std::function<void(std::string_view what, double share)>;

/// Fits every model of the pack in `source` for instruments as `scenario` has them and writes the fitted pack, unsigned, to
/// `out`. About half a minute; `thorough` tries everything that `spectra fit` does for the spectral models, which takes hours.
Result<void> fit_twin_pack(const std::filesystem::path& source, const Config& scenario, const std::string& reference_data,
                           const std::filesystem::path& out, const FitProgress& progress, bool thorough = false);

}  // namespace beltwarden::app
