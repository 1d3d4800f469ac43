// The number coding of JCAMP-DX tables: AFFN, PAC and ASDF (SQZ, DIF, DUP). Private to formats.
// Source: McDonald and Wilks, Applied Spectroscopy 42 (1988) 151; Davies and Lampen, ibid. 47 (1993) 1093.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::formats {

/// Decodes the lines of one `(X++(Y..Y))` table, which must be given in order.
class OrdinateDecoder {
 public:
  /// Appends the ordinates of `line` (without comment). `x` gets the abscissa at its start, unscaled, and
  /// `first_index` the number of the ordinate it belongs to. Refuses what would make more than `max_points`.
  Result<void> add_line(std::string_view line, std::size_t max_points, double& x, std::size_t& first_index);

  std::vector<double>& ordinates() { return ordinates_; }

 private:
  enum class Last { kNone, kValue, kDifference };
  Result<void> put(double value, std::size_t max_points);

  std::vector<double> ordinates_;
  double last_difference_ = 0;
  bool line_ended_in_difference_ = false;
};

/// Takes a decimal number with optional sign and exponent off the front of `text`. An E that is followed by a
/// digit is no exponent but the SQZ digit 5, as the standard has it. False when there is none.
bool take_affn(std::string_view& text, double& value);

}  // namespace beltwarden::formats
