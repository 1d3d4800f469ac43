// Spectra as plain text: the ECOSTRESS and ASTER libraries ("Key: value" lines, then two columns), two columns alone, and the
// one-column files of the USGS libraries.
#include <algorithm>
#include <cmath>

#include "formats/spectrum_file.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMaxHeaderLines = 200, kMaxValue = 4'096;

// The numbers of a line, parted by blanks, tabs, commas or semicolons; empty when anything in it is no number.
std::vector<double> numbers_of(std::string_view line) {
  std::vector<double> out;
  line = trim(line);
  while (!line.empty()) {
    const std::size_t end = line.find_first_of(" \t,;");
    const auto value = parse_number(line.substr(0, end));
    if (!value || out.size() == 3) return {};
    out.push_back(*value);
    if (end == std::string_view::npos) break;
    line.remove_prefix(std::min(line.find_first_not_of(" \t,;", end), line.size()));
  }
  return out;
}

// "Wavelength (micrometers)" -> "um".
std::string x_unit(std::string_view text) {
  const std::string unit = lower(text);
  const auto says = [&](const char* word) { return unit.find(word) != std::string::npos; };
  if (says("micromet") || says("micron") || says("(um)")) return "um";
  if (says("nanomet") || says("(nm)")) return "nm";
  if (says("wavenumber") || says("cm-1") || says("cm^-1")) return "cm-1";
  return std::string(trim(text));
}

}  // namespace

Result<SpectrumFile> read_spectrum_text(std::string_view bytes) {
  if (bytes.size() > kMaxSpectrumFileBytes) return invalid_input("text: file larger than 256 MiB");
  SpectrumFile file{"TEXT", {}, {}};
  Spectrum spectrum;
  LineReader lines(bytes);
  std::string_view line;
  std::string last_key;
  std::size_t columns = 0, header_lines = 0;
  while (lines.next(line)) {
    const std::string_view text = trim(line);
    if (text.empty()) continue;
    const std::string where = "text: line " + std::to_string(lines.line_number()) + ": ";
    const auto numbers = numbers_of(text);
    if (columns == 0 && numbers.empty()) {
      if (++header_lines > kMaxHeaderLines) return invalid_input(where + "expected columns of numbers after at most 200 lines of text");
      const std::size_t colon = text.find(':');
      if (colon != std::string_view::npos && colon > 0 && colon < 60 && text.find("Record=") == std::string_view::npos) {
        last_key = lower(trim(text.substr(0, colon)));
        std::replace(last_key.begin(), last_key.end(), ' ', '_');
        spectrum.meta[last_key] = trim(text.substr(colon + 1)).substr(0, kMaxValue);
      } else if (header_lines == 1) {
        spectrum.id = text.substr(0, 200);
      } else if (!last_key.empty() && spectrum.meta[last_key].size() < kMaxValue) {
        spectrum.meta[last_key] += ' ' + std::string(text.substr(0, kMaxValue));   // a value that goes on
      }
      continue;
    }
    if (columns == 0) columns = numbers.size();
    if (columns > 2) return invalid_input(where + "expected one or two columns of numbers, found " + std::to_string(columns));
    if (numbers.size() != columns) {
      return invalid_input(where + "expected " + std::to_string(columns) + " number" + (columns > 1 ? "s" : "") + ", found " + quoted(text));
    }
    if (spectrum.y.size() >= kMaxSpectrumPoints) return invalid_input(where + "more than " + std::to_string(kMaxSpectrumPoints) + " points");
    spectrum.x.push_back(columns == 2 ? numbers[0] : static_cast<double>(spectrum.x.size() + 1));
    const double y = numbers.back();
    spectrum.y.push_back(std::abs(y) < 1e30 ? y : std::nan(""));   // -1.23e34 marks what is missing in USGS libraries
  }
  if (spectrum.y.size() < 3) {
    return invalid_input("text: expected at least 3 lines of numbers, found " + std::to_string(spectrum.y.size()));
  }
  const auto take = [&](const char* key) {
    const auto found = spectrum.meta.find(key);
    std::string value = found == spectrum.meta.end() ? std::string{} : found->second;
    if (found != spectrum.meta.end()) spectrum.meta.erase(found);
    return value;
  };
  spectrum.x_unit = columns == 1 ? "channel" : x_unit(take("x_units"));
  spectrum.y_unit = lower(take("y_units"));
  if (const auto expected = parse_number(take("number_of_x_values")); expected && *expected != static_cast<double>(spectrum.x.size())) {
    file.remarks.push_back("the header says " + number_text(*expected) + " points, there are " + std::to_string(spectrum.x.size()));
  }
  for (const char* key : {"first_column", "second_column", "first_x_value", "last_x_value"}) take(key);
  if (spectrum.id.empty()) spectrum.id = take("name");
  file.spectra.push_back(std::move(spectrum));
  return file;
}

}  // namespace beltwarden::formats
