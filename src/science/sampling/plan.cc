#include "science/sampling/plan.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::sampling {

const IncrementTable& iron_ore_table() {
  static const IncrementTable table{
      "ISO 3082, minimum number of primary increments, as quoted in handbooks", false,
      {{Tonnes{500}, 30, 15, 8},
       {Tonnes{1000}, 40, 20, 10},
       {Tonnes{2000}, 60, 30, 15},
       {Tonnes{5000}, 80, 40, 20},
       {Tonnes{15000}, 100, 50, 25},
       {Tonnes{30000}, 120, 60, 30},
       {Tonnes{45000}, 140, 70, 35},
       {Tonnes{70000}, 160, 80, 40},
       {Tonnes{100000}, 180, 90, 45},
       {Tonnes{150000}, 200, 100, 50},
       {Tonnes{210000}, 220, 110, 55},
       {Tonnes{270000}, 240, 120, 60},
       {Tonnes{1e9}, 260, 130, 65}}};
  return table;
}

const IncrementTable& coal_table() {
  static const IncrementTable table = [] {
    IncrementTable t{"ISO 13909-2 practice: 32 increments for 1,000 t, with the square root of mass", false, {}};
    for (const double mass : {250.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0, 20000.0, 50000.0, 100000.0, 200000.0}) {
      const int n = std::max(16, static_cast<int>(std::ceil(32 * std::sqrt(mass / 1000))));
      t.rows.push_back({Tonnes{mass}, n, std::max(16, n * 3 / 4), std::max(16, n / 2)});
    }
    return t;
  }();
  return table;
}

Result<IncrementTable> table_from_config(const Config& config) {
  IncrementTable table;
  auto source = config.text("source");
  if (!source) return source.error();
  auto verified = config.flag("verified", false);
  if (!verified) return verified.error();
  table.source = *source;
  table.verified = *verified;
  for (const auto& row : config.tables("row")) {
    auto up_to = row.number("up_to_t", 1, 1e9);
    if (!up_to) return up_to.error();
    auto large = row.integer("large", 1, 100000);
    if (!large) return large.error();
    auto medium = row.integer("medium", 1, *large);
    if (!medium) return medium.error();
    auto small = row.integer("small", 1, *medium);
    if (!small) return small.error();
    if (!table.rows.empty() && *up_to <= table.rows.back().up_to.value) {
      return invalid_input(row.where() + ": 'up_to_t' should rise from row to row");
    }
    table.rows.push_back(
        {Tonnes{*up_to}, static_cast<int>(*large), static_cast<int>(*medium), static_cast<int>(*small)});
  }
  if (table.rows.empty()) return invalid_input(config.where() + ": expected at least one [[row]]");
  return table;
}

int increments_needed(const IncrementTable& table, Tonnes lot_mass, QualityVariation variation) {
  if (!(lot_mass.value > 0) || table.rows.empty()) return 0;
  auto row =
      std::find_if(table.rows.begin(), table.rows.end(), [&](const IncrementRow& r) { return lot_mass <= r.up_to; });
  if (row == table.rows.end()) --row;
  switch (variation) {
    case QualityVariation::kLarge: return row->large;
    case QualityVariation::kMedium: return row->medium;
    case QualityVariation::kSmall: return row->small;
  }
  return row->large;
}

SamplingPlan plan_for(std::string_view commodity, Tonnes lot_mass, QualityVariation variation) {
  const IncrementTable& table = commodity.starts_with("coal") ? coal_table() : iron_ore_table();
  SamplingPlan plan{increments_needed(table, lot_mass, variation), Tonnes{0}, table.source, table.verified};
  // Rounded down, so that a lot a little lighter than declared still gives enough.
  if (plan.increments > 0) plan.interval = Tonnes{std::max(1.0, std::floor(lot_mass.value / plan.increments))};
  return plan;
}

Tonnes increment_interval(std::string_view commodity, Tonnes lot_mass) {
  return plan_for(commodity, lot_mass).interval;
}

Tonnes increment_mark(Tonnes interval, int number) { return interval * (number - 0.5); }

double increment_mass_kg(double rate_tph, double aperture_m, double cutter_speed_mps) {
  return cutter_speed_mps > 0 ? rate_tph * aperture_m / (3.6 * cutter_speed_mps) : 0;
}

}  // namespace beltwarden::sampling
