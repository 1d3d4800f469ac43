// Where material lies on one line's belt now, from its belt readings.
#pragma once

#include <deque>
#include <optional>

#include "control/views.h"
#include "material/observation.h"

namespace beltwarden::control {

/// Follows weighed stretches as the belt carries them from the datum to its end. After a restart it knows nothing until
/// the belt moves. Not thread-safe.
class LineLive {
 public:
  explicit LineLive(double belt_end_m = 100) : belt_end_m_(belt_end_m) {}

  void take(const material::Observation& observation, const material::BeltReading& belt);

  std::vector<SegmentView> segments() const;        ///< upstream first, one a lot's stretch
  /// Of the part of `tonnes` that is farthest downstream and still on the belt.
  Position position(const LotId& lot, TonneInterval tonnes) const;
  double load_kg_per_m() const { return load_kg_per_m_; }

 private:
  struct Stretch {
    LotId lot;
    TonneInterval tonnes;
    double begin_m, end_m;                          ///< belt travel when its first and last tonne passed the datum
  };
  double belt_end_m_;
  double travel_m_ = 0, speed_mps_ = 0, load_kg_per_m_ = 0;
  std::optional<Time> last_;
  std::deque<Stretch> stretches_;                   ///< oldest first
};

}  // namespace beltwarden::control
