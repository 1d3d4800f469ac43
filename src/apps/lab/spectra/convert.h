// Spectra of many files brought into one table: one signal a measurement, nm, one axis, unique ids.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/spectra/spectrum_files.h"

namespace beltwarden::lab {

struct ConvertOptions {
  std::string signal = "main";  ///< "main", "all", or the name of a signal
  bool regrid = false;          ///< other axes onto that of the first spectrum
  bool all_fields = false;      ///< every field that a file says, not only those that say what was measured
};

/// Ids are the file's name (without an ending that only names the format), with `#k` (k from 1) where it holds several
/// spectra; ids of spectral tables stay. `~2`, ... is put behind an id that was there already. What the file calls the
/// spectrum goes into the column `name`. Axes in um and cm-1 become nm; of another unit (Raman shift, m/z) they stay as
/// they are, which `remarks` say, and where they differ the table has a column for each x that occurs; in any case increasing. Two axes
/// are one where they agree to 1/1000 of a step.
Result<formats::SpectrumFile> to_table(std::vector<NamedSpectra> inputs, const ConvertOptions& options);

/// "scans/ore 7.spc.gz" -> "ore 7"; "soil.0" stays, for OPUS counts there.
std::string id_of_path(const std::string& path);

}  // namespace beltwarden::lab
