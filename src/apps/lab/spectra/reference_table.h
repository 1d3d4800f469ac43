// A library of known materials from a spectral table.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "science/spectra/reference_library.h"

namespace beltwarden::lab {

/// A member a row: its name is the id, its kind the column `class` (the id where there is none). Reflectances, 0 to 1.
Result<spectra::ReferenceLibrary> read_reference_library(const std::string& path, const std::vector<std::string>& where = {});

}  // namespace beltwarden::lab
