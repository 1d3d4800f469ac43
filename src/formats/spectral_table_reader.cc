#include "formats/spectral_table_reader.h"

#include <algorithm>
#include <limits>
#include <set>

#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMaxColumns = 100'000;
constexpr std::size_t kMaxNamedColumns = 1'000, kMaxNameLength = 200;

std::string in_line(std::size_t line) { return "line " + std::to_string(line); }

// Splits one line into fields. Quoted fields are unescaped into `storage`, which the views point into.
Result<void> split_row(std::string_view line, std::vector<std::string_view>& fields, std::vector<std::string>& storage) {
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

Result<SpectralHeader> header_of(const std::vector<std::string_view>& fields) {
  SpectralHeader header;
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

}  // namespace

std::optional<double> table_value(std::string_view field) {
  if (field.empty() || field == "NA" || field == "NaN" || field == "nan") return std::numeric_limits<double>::quiet_NaN();
  return parse_number(field);
}

Result<SpectralTableReader> SpectralTableReader::open(std::string_view bytes) {
  SpectralTableReader reader(bytes);
  std::string_view line;
  if (!reader.lines_.next(line)) return invalid_input("line 1: expected a header that starts with 'id,', found nothing");
  std::vector<std::string_view> fields;
  if (auto done = split_row(line, fields, reader.unquoted_); !done) return done.error().within(in_line(1));
  auto header = header_of(fields);
  if (!header) return header.error();
  reader.header_ = std::move(*header);
  return reader;
}

Result<bool> SpectralTableReader::next(std::vector<std::string_view>& fields) {
  std::string_view line;
  do {
    if (!lines_.next(line)) return false;
  } while (trim(line).empty());
  if (auto done = split_row(line, fields, unquoted_); !done) return done.error().within(in_line(lines_.line_number()));
  if (fields.size() != header_.columns()) {
    return invalid_input(in_line(lines_.line_number()) + ": expected " + std::to_string(header_.columns()) + " fields as in the header, found " +
                         std::to_string(fields.size()));
  }
  for (auto& field : fields) field = trim(field);
  if (fields[0].empty()) return invalid_input(in_line(lines_.line_number()) + ", column 1: the id is empty");
  return true;
}

}  // namespace beltwarden::formats
