// Raw signals to reflectance against white and dark references measured before and after them.
#pragma once

#include <vector>

#include "apps/lab/spectra/spectrum_files.h"

namespace beltwarden::lab {

/// Turns every spectrum of `inputs` into reflectance: (signal - dark) / (white - dark), both references as they were at its
/// time, linear between the two around it. Without darks the dark is zero. Times are those of the files; of several
/// references each must have one, and then every spectrum too. All must lie on one axis. Channels without light are missing.
Result<void> to_reflectance(std::vector<NamedSpectra>& inputs, std::vector<NamedSpectra> whites, std::vector<NamedSpectra> darks);

}  // namespace beltwarden::lab
