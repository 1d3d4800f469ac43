// What the scale has weighed: a rolling counter becomes mass that passed the datum for the first time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "material/line_tracker.h"
#include "material/reading.h"

namespace beltwarden::material {

/// Reads the totaliser: differences across roll-over, without zeroing, faults and jumps. Not thread-safe.
class TotaliserReader {
 public:
  TotaliserReader(Tonnes tick, std::uint64_t modulus, Tonnes max_step);

  /// Counts since the poll before: negative when it counted down (reversed belt, negative zero drift), 0 where the
  /// difference is no mass.
  std::int64_t step(std::uint32_t ticks, double dt_s, bool moving_back, Time time, std::vector<TrackerNote>& notes);

 private:
  const double tick_t_, max_step_t_;
  const std::int64_t modulus_;
  std::optional<std::int64_t> last_;
};

/// Turns counts into a mass coordinate that never goes back and stays within the tick being counted: between two counts it
/// advances by the reported rate, so that a reading shorter than a tick still has its own tonnes.
class MassMark {
 public:
  explicit MassMark(Tonnes tick) : tick_t_(tick.value) {}

  void count(std::int64_t ticks) { counted_ += ticks; }

  /// Advances over `moved_m` metres in `dt_s` seconds and returns the mass to lay on them, tonnes.
  double advance(const BeltReading& belt, double moved_m, double dt_s);

  double mass_t() const { return mass_t_; }
  std::int64_t counted() const { return counted_; }

 private:
  const double tick_t_;
  std::int64_t counted_ = 0;
  double mass_t_ = 0;
  bool rate_known_ = false;                  ///< this PLC has reported a rate: then rate 0 means nothing flows
  double load_t_per_m_ = 0;                  ///< from counts alone, for PLCs without a rate
  double since_count_m_ = 0;
  std::int64_t loaded_count_ = 0;
};

}  // namespace beltwarden::material
