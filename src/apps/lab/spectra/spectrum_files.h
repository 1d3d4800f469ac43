// Spectrum files as the command line names them: one at a time, or an ENVI pair by either of its names.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/spectrum_file.h"

namespace beltwarden::lab {

struct NamedSpectra {
  std::string path;
  formats::SpectrumFile file;
};

/// Reads each file; errors name it. An ENVI header brings the data file beside it and the other way round; a pair of
/// which both are named is read once. `progress` is told the share of files read.
Result<std::vector<NamedSpectra>> read_spectrum_files(const std::vector<std::string>& paths,
                                                      const std::function<void(double)>& progress = {});

}  // namespace beltwarden::lab
