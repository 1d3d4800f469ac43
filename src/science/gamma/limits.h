// Limits of radioactivity as data: each with its source and whether somebody has compared it with that source.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "science/gamma/kut.h"

namespace beltwarden::gamma {

struct RadioactivityLimit {
  std::string id, group, nuclide, quantity;
  double value = 0;
  std::string unit, applies_to, source;
  bool verified = false;
};

/// Rows of the columns id,group,nuclide,quantity,value,unit,applies_to,source,verified; fields may be in double quotes.
/// Rows whose value is not one number (a range, two indices) are left out: they are for people.
Result<std::vector<RadioactivityLimit>> limits_from_table(std::string_view csv, const std::string& origin);

enum class LimitVerdict { kBelow, kUndecided, kAbove };
std::string_view name_of(LimitVerdict verdict);

struct JudgedLimit {
  RadioactivityLimit limit;
  std::string what;                ///< what was compared: "Th-232", "I_Ra", "I_gamma"
  double value = 0, error = 0;     ///< in the limit's unit
  LimitVerdict verdict = LimitVerdict::kUndecided;   ///< guard band of 1.645 standard uncertainties (ISO 10576-1)
};

/// Those limits that an activity of K, U and Th can be compared with: Bq/g of a natural series or of an artificial nuclide, and the indices
/// I_Ra = C_Ra / 200 and I_gamma = C_Ra / 370 + C_Th / 260 + C_K / 4200 (GB 6566-2010, 2.1 and 2.2), with radium in
/// equilibrium with the uranium series.
std::vector<JudgedLimit> judge_limits(const std::vector<RadioactivityLimit>& limits, const KutResult& result);

}  // namespace beltwarden::gamma
