#include "formats/spectrum_file.h"

#include <algorithm>
#include <cmath>

#include "formats/gzip.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

// SPC has one byte to know it by, which is also the letter K, L or M: its header holds zeros, text does not.
bool looks_like_spc(std::string_view bytes) {
  if (bytes.size() < 256) return false;
  const auto version = static_cast<unsigned char>(bytes[1]);
  return (version == 0x4B || version == 0x4C || version == 0x4D) &&
         bytes.substr(0, 256).find('\0') != std::string_view::npos;
}

std::string_view without_bom(std::string_view text) {
  return text.substr(0, 3) == "\xEF\xBB\xBF" ? text.substr(3) : text;
}

// Formats that vendors' software writes and that are known by their first bytes, but not read.
std::string unsupported_name(std::string_view bytes) {
  if (bytes.substr(0, 4) == std::string_view("\x0A\x0A\xFE\xFE", 4)) return "Bruker OPUS";
  if (bytes.substr(0, 3) == "ASD" ||
      (bytes.substr(0, 2) == "as" && bytes.size() > 2 && bytes[2] >= '2' && bytes[2] <= '8')) {
    return "ASD";
  }
  if (bytes.substr(0, 4) == "ENVI") return "ENVI header";
  return {};
}

}  // namespace

SpectralFormat sniff(std::string_view bytes) {
  const std::string_view start = without_bom(bytes).substr(0, 4096);
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && start.substr(first, 2) == "##") return SpectralFormat::kJcampDx;
  if (start.substr(0, 3) == "id," || start.substr(0, 5) == "\"id\",") return SpectralFormat::kCsv;
  if (looks_like_spc(bytes)) return SpectralFormat::kSpc;
  return SpectralFormat::kUnknown;
}

Result<SpectrumFile> read_spectrum_file(std::string_view bytes) {
  if (bytes.size() > kMaxSpectrumFileBytes) {
    return invalid_input("spectrum file of " + std::to_string(bytes.size()) + " bytes; at most " +
                         std::to_string(kMaxSpectrumFileBytes) + " are read");
  }
  std::string unpacked;
  if (is_gzip(bytes)) {
    auto result = gunzip(bytes, kMaxSpectrumFileBytes);
    if (!result) return result.error();
    unpacked = std::move(*result);
    bytes = unpacked;
  }
  switch (sniff(bytes)) {
    case SpectralFormat::kSpc: return read_spc(bytes);
    case SpectralFormat::kJcampDx: return read_jcamp_dx(bytes);
    case SpectralFormat::kCsv: return read_spectral_csv(bytes);
    case SpectralFormat::kUnknown: break;
  }
  if (bytes.empty()) return invalid_input("the spectrum file is empty");
  if (const std::string name = unsupported_name(bytes); !name.empty()) {
    return unsupported(name + " file: expected SPC, JCAMP-DX or a CSV spectral table");
  }
  return invalid_input(
      "no spectrum file: expected SPC (byte 1 is 4B or 4D), JCAMP-DX (starts with ##) or a CSV table "
      "(starts with id,), found " +
      quoted(bytes.substr(0, 16)));
}

Result<std::vector<double>> wavelengths_nm(const Spectrum& spectrum) {
  const std::string unit = lower(trim(spectrum.x_unit));
  std::vector<double> nm = spectrum.x;
  for (std::size_t i = 0; i < nm.size(); ++i) {
    if (!(nm[i] > 0) || !std::isfinite(nm[i])) {
      return invalid_input("point " + std::to_string(i) + ": expected a positive x, found " + number_text(nm[i]) + " " +
                           spectrum.x_unit);
    }
    if (unit == "um")
      nm[i] *= 1e3;
    else if (unit == "cm-1")
      nm[i] = 1e7 / nm[i];
    else if (unit != "nm")
      return invalid_input("expected an axis in nm, um or cm-1, found " + quoted(spectrum.x_unit));
  }
  for (std::size_t i = 1; i < nm.size(); ++i) {
    if (nm[i] == nm[i - 1] || (nm[i] > nm[i - 1]) != (nm[1] > nm[0])) {
      return invalid_input("point " + std::to_string(i) + ": the axis turns at " + number_text(spectrum.x[i]) + " " +
                           spectrum.x_unit + "; expected it strictly increasing or decreasing");
    }
  }
  return nm;
}

}  // namespace beltwarden::formats
