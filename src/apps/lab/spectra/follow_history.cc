#include "apps/lab/spectra/follow_history.h"

#include <cmath>
#include <unordered_map>

namespace beltwarden::lab {
namespace {

// Floats are what a model keeps of its rows.
bool same_spectrum(const spectra::Spectra& a, Eigen::Index row_a, const spectra::Spectra& b, Eigen::Index row_b) {
  bool any = false;
  for (Eigen::Index c = 0; c < a.cols(); ++c) {
    const double x = a(row_a, c), y = b(row_b, c);
    if (std::isnan(x) && std::isnan(y)) continue;
    if (static_cast<float>(x) != static_cast<float>(y)) return false;
    any = true;
  }
  return any;
}

bool is_day(const std::string& date) { return date.size() >= 10 && date[4] == '-' && date[7] == '-'; }

}  // namespace

Eigen::Index first_row_not_before(const FollowHistory& history, const SpectralTable& table, const spectra::Spectra& table_on_axis) {
  const auto* dates = table.column("date");
  const auto rows = history.set.rows();
  const bool named = static_cast<Eigen::Index>(history.ids.size()) == rows, dated = dates != nullptr && static_cast<Eigen::Index>(history.dates.size()) == rows;
  std::unordered_map<std::string, std::size_t> at;
  for (std::size_t i = 0; i < table.rows(); ++i) at.emplace(table.ids[i], i);
  for (Eigen::Index h = 0; h < rows; ++h) {
    const auto i = static_cast<std::size_t>(h);
    if (dated && is_day(history.dates[i]) && is_day((*dates)[0]) && history.dates[i].substr(0, 10) > (*dates)[0].substr(0, 10)) return h;
    if (named && dated) {
      const auto found = at.find(history.ids[i]);
      if (found != at.end() && (*dates)[found->second] == history.dates[i]) return h;
    }
    if (table_on_axis.cols() != history.set.spectra.cols()) continue;
    for (Eigen::Index r = 0; r < table_on_axis.rows(); ++r) {
      if (same_spectrum(history.set.spectra, h, table_on_axis, r)) return h;
    }
  }
  return rows;
}

}  // namespace beltwarden::lab
