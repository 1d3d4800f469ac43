// ENVI spectral libraries and image cubes: a text header and a file of numbers that nothing but the header explains.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/spectrum_file.h"

namespace beltwarden::formats {

/// Whether the first line is "ENVI".
bool is_envi_header(std::string_view bytes);

/// Spectral libraries: one spectrum a line, its name as id. Cubes: one spectrum a pixel, line by line, "line 0 sample 3" as id.
/// Values equal to "data ignore value" (or beyond 1e30) become NaN; "reflectance scale factor" is divided out. Bands stay in
/// file order, which need not be that of wavelength.
Result<SpectrumFile> read_envi(std::string_view header, std::string_view data);

/// Where the other file of a pair may lie, likeliest first: lib.hdr -> lib, lib.sli, lib.img, ...; lib.sli -> lib.sli.hdr,
/// lib.hdr, ... Files may be packed (.gz).
std::vector<std::string> envi_data_paths(const std::string& header_path);
std::vector<std::string> envi_header_paths(const std::string& data_path);

}  // namespace beltwarden::formats
