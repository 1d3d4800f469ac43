// The spectral table: `id,<meta>...,y:<response>...,<wavelength nm>...`, quoting as in RFC 4180.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "formats/spectrum_file.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMaxColumns = 100'000;
constexpr std::size_t kMaxNamedColumns = 1'000, kMaxNameLength = 200, kMaxNamedFields = std::size_t{1} << 22;

std::string at_line(std::size_t line) { return "line " + std::to_string(line); }

// Splits one line into fields. Quoted fields are unescaped into `storage`, which the views point into.
Result<void> split(std::string_view line, std::vector<std::string_view>& fields, std::vector<std::string>& storage) {
  fields.clear();
  storage.clear();
  storage.reserve(static_cast<std::size_t>(std::count(line.begin(), line.end(), '"')) / 2);
  std::size_t pos = 0;
  for (;;) {
    if (fields.size() >= kMaxColumns) return invalid_input("more than " + std::to_string(kMaxColumns) + " columns");
    if (pos < line.size() && line[pos] == '"') {
      std::string field;
      for (++pos;; ++pos) {
        const std::size_t quote = line.find('"', pos);
        if (quote == std::string_view::npos) {
          return invalid_input("column " + std::to_string(fields.size() + 1) + ": the quote is not closed on its line");
        }
        field.append(line, pos, quote - pos);
        pos = quote + 1;
        if (pos >= line.size() || line[pos] != '"') break;
        field += '"';
      }
      if (pos < line.size() && line[pos] != ',') {
        return invalid_input("column " + std::to_string(fields.size() + 1) +
                             ": expected a comma after the quoted field");
      }
      storage.push_back(std::move(field));
      fields.push_back(storage.back());
    } else {
      const std::size_t comma = line.find(',', pos);
      fields.push_back(line.substr(pos, comma == std::string_view::npos ? comma : comma - pos));
      pos = comma == std::string_view::npos ? line.size() : comma;
    }
    if (pos >= line.size()) return {};
    ++pos;  // the comma; a line that ends with one has an empty last field
  }
}

struct CsvHeader {
  std::vector<std::string> names;  // of the columns before the wavelengths, "id" first
  std::vector<double> wavelengths_nm;
};

Result<CsvHeader> read_header(const std::vector<std::string_view>& fields) {
  CsvHeader header;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view field = trim(fields[i]);
    const std::string where = "line 1, column " + std::to_string(i + 1);
    if (i == 0 && field != "id") return invalid_input(where + ": expected 'id', found " + quoted(field));
    const auto number = parse_number(field);
    if (number) {
      if (!(*number > 0))
        return invalid_input(where + ": expected a positive wavelength in nm, found " + quoted(field));
      if (!header.wavelengths_nm.empty() && *number <= header.wavelengths_nm.back()) {
        return invalid_input(where + ": wavelengths must increase, found " + quoted(field) + " after " +
                             number_text(header.wavelengths_nm.back()));
      }
      header.wavelengths_nm.push_back(*number);
    } else if (!header.wavelengths_nm.empty()) {
      return invalid_input(where + ": expected a wavelength in nm after " + number_text(header.wavelengths_nm.back()) +
                           ", found " + quoted(field));
    } else {
      if (field.size() > kMaxNameLength || header.names.size() >= kMaxNamedColumns) {
        return invalid_input(where + ": expected at most 1000 named columns with names of at most 200 characters");
      }
      if (field.empty()) return invalid_input(where + ": the column has no name");
      if (!seen.insert(field).second) return invalid_input(where + ": column " + quoted(field) + " occurs twice");
      header.names.emplace_back(field);
    }
  }
  if (header.wavelengths_nm.empty())
    return invalid_input("line 1: expected wavelength columns after the named ones, found none");
  return header;
}

Result<Spectrum> read_row(const CsvHeader& header, const std::vector<std::string_view>& fields) {
  const std::size_t columns = header.names.size() + header.wavelengths_nm.size();
  if (fields.size() != columns) {
    return invalid_input("expected " + std::to_string(columns) + " fields as in the header, found " +
                         std::to_string(fields.size()));
  }
  Spectrum spectrum;
  spectrum.id = trim(fields[0]);
  if (spectrum.id.empty()) return invalid_input("column 1: the id is empty");
  spectrum.x = header.wavelengths_nm;
  spectrum.x_unit = "nm";
  for (std::size_t i = 1; i < header.names.size(); ++i) {
    const std::string_view value = trim(fields[i]);
    const std::string& name = header.names[i];
    if (name == "measured" && !value.empty()) {
      auto time = parse_rfc3339(value);
      if (!time) return time.error().within("column " + std::to_string(i + 1) + " (measured)");
      spectrum.measured = *time;
    } else if (name == "y_unit") {
      spectrum.y_unit = value;
    } else if (name != "measured") {
      if (name.substr(0, 2) == "y:" && !value.empty() && !parse_number(value)) {
        return invalid_input("column " + std::to_string(i + 1) + " (" + name +
                             "): expected a number or nothing, found " + quoted(value));
      }
      spectrum.meta.emplace(name, value);
    }
  }
  spectrum.y.reserve(header.wavelengths_nm.size());
  for (std::size_t i = header.names.size(); i < columns; ++i) {
    const std::string_view field = trim(fields[i]);
    const auto value = parse_number(field);
    if (!value && !field.empty()) {
      return invalid_input("column " + std::to_string(i + 1) + " (" +
                           number_text(header.wavelengths_nm[i - header.names.size()]) +
                           " nm): expected a number or nothing, found " + quoted(field));
    }
    spectrum.y.push_back(value.value_or(std::numeric_limits<double>::quiet_NaN()));
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
  LineReader lines(bytes);
  std::string_view line;
  std::vector<std::string_view> fields;
  std::vector<std::string> storage;
  if (!lines.next(line)) return invalid_input("line 1: expected a header that starts with 'id,', found nothing");
  if (auto done = split(line, fields, storage); !done) return done.error().within(at_line(1));
  auto header = read_header(fields);
  if (!header) return header.error();

  SpectrumFile file;
  file.format = "CSV";
  std::size_t points = 0;
  while (lines.next(line)) {
    if (trim(line).empty()) continue;
    if (auto done = split(line, fields, storage); !done) return done.error().within(at_line(lines.line_number()));
    auto spectrum = read_row(*header, fields);
    if (!spectrum) return spectrum.error().within(at_line(lines.line_number()));
    points += spectrum->y.size();
    if (points > kMaxFilePoints || file.spectra.size() >= kMaxFileSpectra ||
        file.spectra.size() * header->names.size() > kMaxNamedFields) {
      return invalid_input(at_line(lines.line_number()) + ": the table is larger than " +
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
