// What `--kind regression` needs of the command line before a search can begin.
#pragma once

#include "apps/lab/spectra/kinds.h"
#include "science/spectra/regressor.h"

namespace beltwarden::lab {

/// --preprocess and --components as options of a search.
Result<spectra::RegressorOptions> regressor_options(const FitRequest& request);

}  // namespace beltwarden::lab
