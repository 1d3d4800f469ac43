// A time series of spectra as a table: `t,live,speed_mps,load_kg_per_m,c0..cN`, with the energies of its channels in a
// JSON beside it (`energy_edges_kev`, or `calibration` of the channels' lower edges).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::formats {

/// Counts lie row after row. Columns that the table has not are filled: live with the step of time, speed and load
/// with 0. A speed or load that is missing in a row is that of the row before; `load_known` says so of the load.
struct GammaSeries {
  std::size_t channels = 0;
  std::vector<double> time_s, live_s, speed_mps, load_kg_per_m;
  std::vector<bool> load_known;              ///< a row; all true where the table has no such column
  std::vector<std::uint32_t> counts;
  std::vector<double> energy_edges_kev;      ///< channels + 1 rising energies; empty where no JSON says them
  bool has_speed = false, has_load = false;
  std::vector<std::string> remarks;          ///< what was odd but readable

  std::size_t size() const { return time_s.size(); }
  std::span<const std::uint32_t> row(std::size_t i) const { return std::span(counts).subspan(i * channels, channels); }
};

/// Reads a table of at most 65,536 channels and 2^29 counts. `json` may be empty. Columns other than those above are
/// passed over ("time_s" and "live_s" are taken for t and live). Errors name the line and the column.
Result<GammaSeries> read_gamma_series(std::string_view csv, std::string_view json);

/// The numbers of `"key": [..]` in a JSON object; empty when the key is absent.
Result<std::vector<double>> json_numbers(std::string_view json, std::string_view key);

/// channels + 1 edges of a polynomial a0 + a1 i + a2 i^2 + ... for the lower edge of channel i. Fails unless they rise.
Result<std::vector<double>> edges_of(std::span<const double> calibration, std::size_t channels);

}  // namespace beltwarden::formats
