#include "science/gamma/limits.h"

#include <charconv>
#include <cmath>

namespace beltwarden::gamma {
namespace {

constexpr double kGuard = 1.645;

std::vector<std::string> fields(std::string_view line) {
  std::vector<std::string> all(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      all.emplace_back();
    } else if (c != '\r') {
      all.back() += c;
    }
  }
  return all;
}

// Series of a limit's nuclide; npos where it is another's.
std::size_t series_of(std::string_view nuclide) {
  if (nuclide.starts_with("K-40")) return 0;
  if (nuclide.starts_with("U-238") || nuclide.starts_with("Ra-226")) return 1;
  if (nuclide.starts_with("Th-232") || nuclide.starts_with("Ra-228")) return 2;
  return std::string::npos;
}

}  // namespace

std::string_view name_of(LimitVerdict verdict) {
  switch (verdict) {
    case LimitVerdict::kBelow: return "below";
    case LimitVerdict::kAbove: return "above";
    case LimitVerdict::kUndecided: break;
  }
  return "undecided";
}

Result<std::vector<RadioactivityLimit>> limits_from_table(std::string_view csv, const std::string& origin) {
  std::vector<RadioactivityLimit> limits;
  for (std::size_t number = 1; !csv.empty(); ++number) {
    const std::size_t end = csv.find('\n');
    const auto row = fields(csv.substr(0, end));
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (number == 1) {
      if (row.size() < 9 || row[0] != "id" || row[4] != "value")
        return invalid_input(origin + ": line 1: expected id,group,nuclide,quantity,value,unit,applies_to,source,verified");
      continue;
    }
    if (row.size() == 1 && row[0].empty()) continue;
    if (row.size() < 9) return invalid_input(origin + ": line " + std::to_string(number) + ": expected nine fields");
    double value = 0;
    const auto [stop, code] = std::from_chars(row[4].data(), row[4].data() + row[4].size(), value);
    if (code != std::errc{} || stop != row[4].data() + row[4].size() || !(value > 0)) continue;
    limits.push_back({row[0], row[1], row[2], row[3], value, row[5], row[6], row[7], row[8] == "yes"});
  }
  return limits;
}

std::vector<JudgedLimit> judge_limits(const std::vector<RadioactivityLimit>& limits, const KutResult& result) {
  const auto& [k, ra, th] = result.series;
  std::vector<JudgedLimit> judged;
  const auto judge = [&](const RadioactivityLimit& limit, std::string what, double value, double error) {
    JudgedLimit one{limit, std::move(what), value, error, LimitVerdict::kUndecided};
    if (value + kGuard * error < limit.value) one.verdict = LimitVerdict::kBelow;
    if (value - kGuard * error > limit.value) one.verdict = LimitVerdict::kAbove;
    judged.push_back(std::move(one));
  };
  constexpr const char* kNames[] = {"K-40", "U-238", "Th-232"};
  for (const auto& limit : limits) {
    if (limit.unit == "index") {
      if (limit.quantity.starts_with("I_Ra") && limit.quantity.find('/') != std::string::npos && limit.quantity.find("I_gamma") == std::string::npos)
        judge(limit, "I_Ra", ra.bq_per_kg / 200, ra.error / 200);
      if (limit.quantity.starts_with("I_gamma")) {
        judge(limit, "I_gamma", ra.bq_per_kg / 370 + th.bq_per_kg / 260 + k.bq_per_kg / 4200,
              std::hypot(ra.error / 370, th.error / 260, k.error / 4200));
      }
      continue;
    }
    if (limit.unit != "Bq/g" && limit.unit != "Bq/kg") continue;
    const double to_unit = limit.unit == "Bq/g" ? 1e-3 : 1;
    if (limit.group == "artificial") {
      for (const auto& [nuclide, activity] : result.artificial) {
        if (nuclide == limit.nuclide) judge(limit, nuclide, activity.bq_per_kg * to_unit, activity.error * to_unit);
      }
      continue;
    }
    // "U-238;Ra-226;Th-232": each of them.
    std::string_view names = limit.nuclide;
    std::size_t before = std::string::npos;
    while (!names.empty()) {
      const std::size_t semicolon = names.find(';');
      const std::size_t s = series_of(names.substr(0, semicolon));
      names.remove_prefix(semicolon == std::string_view::npos ? names.size() : semicolon + 1);
      if (s == std::string::npos || s == before) continue;
      before = s;
      judge(limit, kNames[s], result.series[s].bq_per_kg * to_unit, result.series[s].error * to_unit);
    }
  }
  return judged;
}

}  // namespace beltwarden::gamma
