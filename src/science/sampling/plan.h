// How many increments a lot needs and at which tonnes: mass-basis systematic sampling after ISO 3082 (iron ore) and
// ISO 13909-2 (coal).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "base/units.h"

namespace beltwarden::sampling {

/// How much quality varies within strata: standard deviation of the characteristic, ISO 3084. Large is the safe choice
/// for a brand that has not been studied.
enum class QualityVariation { kLarge, kMedium, kSmall };

/// Fewest primary increments of a lot up to a mass.
struct IncrementRow {
  Tonnes up_to;                          ///< the last row holds for everything above it too
  int large = 0, medium = 0, small = 0;
};

/// Increments by lot mass. Data, not law: a site edits it to its edition of the standard.
struct IncrementTable {
  std::string source;                    ///< standard and table
  bool verified = false;                 ///< the numbers were compared with the standard's own text
  std::vector<IncrementRow> rows;        ///< by rising mass
};

/// Numbers as handbooks quote ISO 3082, minimum number of primary increments by lot mass; not compared with the
/// standard itself, so not verified.
const IncrementTable& iron_ore_table();

/// ISO 13909-2's practice for coal: 32 increments for 1,000 t, more with the square root of mass, never under 16; not
/// verified.
const IncrementTable& coal_table();

/// `[[row]] up_to_t, large, medium, small` with `source` and `verified`. Rows must rise.
Result<IncrementTable> table_from_config(const Config& config);

/// The fewest increments for this mass; 0 for a mass that is not above 0.
int increments_needed(const IncrementTable& table, Tonnes lot_mass, QualityVariation variation);

struct SamplingPlan {
  int increments = 0;
  Tonnes interval;                       ///< between increments, whole tonnes, never longer than mass / increments
  std::string source;
  bool verified = false;
};

/// The plan of a lot. `commodity`: "coal..." takes the coal table, everything else iron ore's. A lot without mass has
/// no increments and interval 0.
SamplingPlan plan_for(std::string_view commodity, Tonnes lot_mass,
                      QualityVariation variation = QualityVariation::kLarge);

/// `plan_for(...).interval`: what a scheduler of cuts needs.
Tonnes increment_interval(std::string_view commodity, Tonnes lot_mass);

/// Where increment `number` (from 1) is due: the middle of its stratum.
Tonnes increment_mark(Tonnes interval, int number);

/// What a cutter that crosses the falling stream takes, kg: rate x aperture / (3.6 x cutter speed), the rate in t/h
/// (ISO 3082, mass of increment of a cutter-type sampler).
double increment_mass_kg(double rate_tph, double aperture_m, double cutter_speed_mps);

}  // namespace beltwarden::sampling
