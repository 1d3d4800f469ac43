// Optical spectra as files: what vendors' software leaves in a folder, and the spectral table of the manual.
//
// Nothing in a file is trusted: sizes are bounded before memory is taken, nothing throws, and an error names the
// line, byte or field, what was expected there and what was found.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace beltwarden::formats {

/// Larger inputs are refused unread. A 9,000 x 2,151 spectral table is about 150 MB.
inline constexpr std::size_t kMaxSpectrumFileBytes = std::size_t{256} << 20;
/// Points of one spectrum, and of all spectra of a file together.
inline constexpr std::size_t kMaxSpectrumPoints = std::size_t{1} << 20;
inline constexpr std::size_t kMaxFilePoints = std::size_t{1} << 25;
/// Spectra of one file.
inline constexpr std::size_t kMaxFileSpectra = 250'000;

/// One spectrum as the file has it: file units, file order; x and y are equally long.
struct Spectrum {
  std::string id;                           ///< empty when the file names none
  std::vector<double> x;                    ///< finite; increasing or decreasing as in the file
  std::string x_unit;                       ///< "nm", "um", "cm-1", or what the file says
  std::vector<double> y;                    ///< NaN = missing
  std::string y_unit;                       ///< "reflectance", "absorbance", "counts", ..., or what the file says
  std::optional<Time> measured;             ///< only where the file gives the time with its zone
  std::map<std::string, std::string> meta;  ///< everything else the file says; keys lower case, '_' for spaces.
                                            ///< "signal": which, where a file holds several of one measurement
};

struct SpectrumFile {
  std::string format;  ///< "SPC", "JCAMP-DX", "OPUS", "ASD", "ENVI", "TEXT", "CSV"
  std::vector<Spectrum> spectra;
  std::vector<std::string> remarks;  ///< what was odd but readable
};

enum class SpectralFormat { kUnknown, kSpc, kJcampDx, kOpus, kAsd, kEnviHeader, kText, kCsv };

/// By content, not by name.
SpectralFormat sniff(std::string_view bytes);

/// Reads whichever format `bytes` holds; gzip is unpacked first. ENVI needs two files: see envi.h.
Result<SpectrumFile> read_spectrum_file(std::string_view bytes);

/// Galactic (Thermo) SPC, new little-endian (0x4B) and old (0x4D) headers, single and multiple subfiles.
Result<SpectrumFile> read_spc(std::string_view bytes);
/// JCAMP-DX 4.24 and 5.x: XYDATA (AFFN, PAC, SQZ, DIF, DUP), XYPOINTS, peak tables, NTUPLES of one-dimensional pages.
Result<SpectrumFile> read_jcamp_dx(std::string_view bytes);
/// Bruker OPUS: every spectrum of the file with its signal ("absorbance", "sample single beam", "reference single beam", ...)
/// in file order. Interferograms and phases are left out.
Result<SpectrumFile> read_opus(std::string_view bytes);
/// ASD FieldSpec, revisions 1 to 8: the spectrum as stored (signal "primary"), the white reference ("reference") where
/// there is one, and their quotient ("ratio") where the spectrum is not a quotient already.
Result<SpectrumFile> read_asd(std::string_view bytes);
/// Text of two columns after lines "Key: value" (ECOSTRESS, ASTER), of two columns alone, or of one column after a title
/// (USGS libraries; x is then the channel).
Result<SpectrumFile> read_spectrum_text(std::string_view bytes);
/// `id,<meta>...,y:<response>...,<wavelength nm>...`, one spectrum a row, missing = empty. A column `measured`
/// holds RFC 3339 times. Responses stay in `meta` under their column name.
Result<SpectrumFile> read_spectral_csv(std::string_view bytes);

/// New SPC format, y as 32-bit floats. All spectra must share one axis. `meta`, `id` and `measured` go into the log
/// text.
Result<std::string> write_spc(const SpectrumFile& file);
/// One block a spectrum; XYDATA for an even axis, XYPOINTS otherwise.
std::string write_jcamp_dx(const SpectrumFile& file);
/// The spectral table. All spectra must share one increasing axis.
Result<std::string> write_spectral_csv(const SpectrumFile& file);

/// The distinct signals of a file in file order; empty where it names none.
std::vector<std::string> signals_of(const SpectrumFile& file);
/// Leaves the one signal that a model would be fitted on: absorbance, reflectance and the like before single beams, ASD's
/// ratio before its parts; of several of that kind the first. Files that name no signal stay as they are.
void keep_main_signal(SpectrumFile& file);

/// Nanometres of one x in "nm", "um" or "cm-1"; NaN where x is not positive. Nothing for other units.
std::optional<double> to_nm(double x, const std::string& unit);

/// The axis in nm: converts um and cm-1, refuses other units and axes that are not strictly monotonic or not positive.
Result<std::vector<double>> wavelengths_nm(const Spectrum& spectrum);

}  // namespace beltwarden::formats
