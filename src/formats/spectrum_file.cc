#include "formats/spectrum_file.h"

#include <algorithm>
#include <cmath>

#include "formats/envi.h"
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

bool looks_like_asd(std::string_view bytes) {
  return bytes.size() > 3 && (bytes.substr(0, 3) == "ASD" || (bytes.substr(0, 2) == "as" && bytes[2] >= '2' && bytes[2] <= '8')) &&
         bytes.substr(0, 4096).find('\0') != std::string_view::npos;
}

// Lines that say what the columns are, a USGS title, or numbers from the first line on.
bool looks_like_text(std::string_view start) {
  if (start.empty() || start.find('\0') != std::string_view::npos) return false;
  if (start.find("X Units:") != std::string_view::npos || start.find("First Column:") != std::string_view::npos) return true;
  LineReader lines(start);
  std::string_view line;
  if (!lines.next(line)) return false;
  if (line.find("Record=") != std::string_view::npos) return true;
  line = trim(line);
  return parse_number(line.substr(0, line.find_first_of(" \t,;"))).has_value();
}

}  // namespace

SpectralFormat sniff(std::string_view bytes) {
  const std::string_view start = without_bom(bytes).substr(0, 4096);
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && start.substr(first, 2) == "##") return SpectralFormat::kJcampDx;
  if (start.substr(0, 3) == "id," || start.substr(0, 5) == "\"id\",") return SpectralFormat::kCsv;
  if (bytes.substr(0, 4) == std::string_view("\x0A\x0A\xFE\xFE", 4)) return SpectralFormat::kOpus;
  if (looks_like_asd(bytes)) return SpectralFormat::kAsd;
  if (is_envi_header(bytes)) return SpectralFormat::kEnviHeader;
  if (looks_like_spc(bytes)) return SpectralFormat::kSpc;
  if (looks_like_text(start)) return SpectralFormat::kText;
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
    case SpectralFormat::kOpus: return read_opus(bytes);
    case SpectralFormat::kAsd: return read_asd(bytes);
    case SpectralFormat::kText: return read_spectrum_text(bytes);
    case SpectralFormat::kEnviHeader:
      return invalid_input("an ENVI header alone: expected the data file with it, which holds the numbers");
    case SpectralFormat::kUnknown: break;
  }
  if (bytes.empty()) return invalid_input("the spectrum file is empty");
  return invalid_input(
      "no spectrum file: expected SPC (byte 1 is 4B or 4D), JCAMP-DX (starts with ##), OPUS (0A 0A FE FE), ASD, an ENVI header, "
      "a CSV table (starts with id,) or text of two columns; found " +
      quoted(bytes.substr(0, 16)));
}

std::vector<std::string> signals_of(const SpectrumFile& file) {
  std::vector<std::string> out;
  for (const Spectrum& spectrum : file.spectra) {
    const auto found = spectrum.meta.find("signal");
    if (found != spectrum.meta.end() && std::find(out.begin(), out.end(), found->second) == out.end()) out.push_back(found->second);
  }
  return out;
}

void keep_main_signal(SpectrumFile& file) {
  const auto rank = [](const Spectrum& spectrum) {
    const auto found = spectrum.meta.find("signal");
    if (found == spectrum.meta.end()) return 0;
    const std::string& signal = found->second;
    if (signal == "reference" || signal == "reference single beam") return 3;
    return signal == "primary" || signal == "sample single beam" ? 2 : 1;
  };
  if (signals_of(file).empty()) return;
  const auto best = std::min_element(file.spectra.begin(), file.spectra.end(),
                                     [&](const Spectrum& a, const Spectrum& b) { return rank(a) < rank(b); });
  Spectrum kept = std::move(*best);
  file.spectra.clear();
  file.spectra.push_back(std::move(kept));
}

std::optional<double> to_nm(double x, const std::string& unit) {
  if (unit != "nm" && unit != "um" && unit != "cm-1") return std::nullopt;
  if (!(x > 0) || !std::isfinite(x)) return std::nan("");
  if (unit == "um") return std::round(x * 1e11) / 1e8;   // 0.39284 um is 392.84 nm, not 392.84000000000003
  return unit == "nm" ? x : 1e7 / x;
}

Result<std::vector<double>> wavelengths_nm(const Spectrum& spectrum) {
  const std::string unit = lower(trim(spectrum.x_unit));
  std::vector<double> nm = spectrum.x;
  for (std::size_t i = 0; i < nm.size(); ++i) {
    if (!(nm[i] > 0) || !std::isfinite(nm[i])) {
      return invalid_input("point " + std::to_string(i) + ": expected a positive x, found " + number_text(nm[i]) + " " +
                           spectrum.x_unit);
    }
    const auto value = to_nm(nm[i], unit);
    if (!value) return invalid_input("expected an axis in nm, um or cm-1, found " + quoted(spectrum.x_unit));
    nm[i] = *value;
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
