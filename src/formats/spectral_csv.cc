// The spectral table: `id,<meta>...,y:<response>...,<wavelength nm>...`, quoting as in RFC 4180.
#include <algorithm>
#include <cmath>
#include <set>

#include "formats/spectral_table_reader.h"
#include "formats/spectrum_file.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMaxNamedFields = std::size_t{1} << 22;

std::string at_line(std::size_t line) { return "line " + std::to_string(line); }

Result<Spectrum> read_row(const SpectralHeader& header, const std::vector<std::string_view>& fields) {
  Spectrum spectrum;
  spectrum.id = fields[0];
  spectrum.x = header.wavelengths_nm;
  spectrum.x_unit = "nm";
  for (std::size_t i = 1; i < header.names.size(); ++i) {
    const std::string_view value = fields[i];
    const std::string& name = header.names[i];
    if (name == "measured" && !value.empty()) {
      auto time = parse_rfc3339(value);
      if (!time) return time.error().within("column " + std::to_string(i + 1) + " (measured)");
      spectrum.measured = *time;
    } else if (name == "y_unit") {
      spectrum.y_unit = value;
    } else if (name != "measured") {
      if (name.substr(0, 2) == "y:" && !table_value(value)) {
        return invalid_input("column " + std::to_string(i + 1) + " (" + name +
                             "): expected a number or nothing, found " + quoted(value));
      }
      spectrum.meta.emplace(name, value);
    }
  }
  spectrum.y.reserve(header.wavelengths_nm.size());
  for (std::size_t i = header.names.size(); i < header.columns(); ++i) {
    const std::string_view field = fields[i];
    const auto value = table_value(field);
    if (!value) {
      return invalid_input("column " + std::to_string(i + 1) + " (" +
                           number_text(header.wavelengths_nm[i - header.names.size()]) +
                           " nm): expected a number or nothing, found " + quoted(field));
    }
    spectrum.y.push_back(*value);
  }
  return spectrum;
}

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c == '\r' || c == '\n' ? ' ' : c;  // rows are lines: a name with a line end is not worth a second syntax
  }
  out += '"';
}

}  // namespace

Result<SpectrumFile> read_spectral_csv(std::string_view bytes) {
  if (bytes.size() > kMaxSpectrumFileBytes) return invalid_input("spectral table larger than 256 MiB");
  auto rows = SpectralTableReader::open(bytes);
  if (!rows) return rows.error();
  const auto& header = rows->header();

  SpectrumFile file;
  file.format = "CSV";
  std::size_t points = 0;
  std::vector<std::string_view> fields;
  for (;;) {
    const auto more = rows->next(fields);
    if (!more) return more.error();
    if (!*more) break;
    auto spectrum = read_row(header, fields);
    if (!spectrum) return spectrum.error().within(at_line(rows->line()));
    points += spectrum->y.size();
    if (points > kMaxFilePoints || file.spectra.size() >= kMaxFileSpectra ||
        file.spectra.size() * header.names.size() > kMaxNamedFields) {
      return invalid_input(at_line(rows->line()) + ": the table is larger than " +
                           std::to_string(kMaxFileSpectra) + " rows or " + std::to_string(kMaxFilePoints) + " values");
    }
    file.spectra.push_back(std::move(*spectrum));
  }
  if (file.spectra.empty()) return invalid_input("the table has a header but no row");
  return file;
}

Result<std::string> write_spectral_csv(const SpectrumFile& file) {
  if (file.spectra.empty()) return invalid_input("no spectrum to write");
  const std::vector<double>& axis = file.spectra.front().x;
  std::set<std::string> plain, responses;
  bool any_measured = false, any_unit = false;
  for (const Spectrum& spectrum : file.spectra) {
    if (spectrum.x != axis || spectrum.y.size() != axis.size()) {
      return invalid_input("spectrum " + quoted(spectrum.id) + " has another axis than the first; a table has one");
    }
    any_measured |= spectrum.measured.has_value();
    any_unit |= !spectrum.y_unit.empty();
    for (const auto& [key, value] : spectrum.meta) (key.substr(0, 2) == "y:" ? responses : plain).insert(key);
  }
  std::vector<std::string> names(plain.begin(), plain.end());
  names.insert(names.end(), responses.begin(), responses.end());

  std::string out = "id";
  if (any_measured) out += ",measured";
  if (any_unit) out += ",y_unit";
  for (const std::string& name : names) append_field(out += ',', name);
  for (const double x : axis) out += ',' + number_text(x);
  out += '\n';
  for (const Spectrum& spectrum : file.spectra) {
    append_field(out, spectrum.id);
    if (any_measured) out += ',' + (spectrum.measured ? to_rfc3339(*spectrum.measured) : std::string{});
    if (any_unit) append_field(out += ',', spectrum.y_unit);
    for (const std::string& name : names) {
      const auto found = spectrum.meta.find(name);
      append_field(out += ',', found == spectrum.meta.end() ? std::string_view{} : std::string_view(found->second));
    }
    for (const double y : spectrum.y) out += ',' + number_text(y);
    out += '\n';
  }
  return out;
}

}  // namespace beltwarden::formats
