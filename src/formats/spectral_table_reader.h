// The lines of a spectral table, `id,<meta>...,y:<response>...,<wavelength nm>...`, quoting as in RFC 4180: for all who read one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/text.h"

namespace beltwarden::formats {

struct SpectralHeader {
  std::vector<std::string> names;          ///< of the columns before the wavelengths, "id" first, none twice
  std::vector<double> wavelengths_nm;      ///< positive, increasing; at least one
  std::size_t columns() const { return names.size() + wavelengths_nm.size(); }
};

/// Hands out rows as trimmed fields. `bytes` must outlive it.
class SpectralTableReader {
 public:
  /// Reads the header; errors say line and column.
  static Result<SpectralTableReader> open(std::string_view bytes);
  const SpectralHeader& header() const { return header_; }

  /// The next row, as many fields as the header has columns, the id not empty; false at the end. Views hold until the next call.
  Result<bool> next(std::vector<std::string_view>& fields);
  std::size_t line() const { return lines_.line_number(); }   ///< of that row, from 1

 private:
  explicit SpectralTableReader(std::string_view bytes) : lines_(bytes) {}

  LineReader lines_;
  SpectralHeader header_;
  std::vector<std::string> unquoted_;
};

/// A finite number, or NaN for a missing one (nothing, NA, NaN, nan); empty for what is neither.
std::optional<double> table_value(std::string_view field);

}  // namespace beltwarden::formats
