// How heavily the belt was loaded at each tonne of a lot, from the scale's polls.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "material/observation.h"

namespace beltwarden::inspect {

/// Load under an instrument that sees these tonnes now.
struct LoadAt {
  double kg_per_m = 0;
  double sd_kg_per_m = 0;              ///< half the range within the tonnes seen, and what the scale does not know
};

/// Remembers the last kilometres of belt. Tonnes seen before they were weighed have no load yet.
class BeltLoad {
 public:
  void observe(const material::Observation& observation);
  std::optional<LoadAt> at(const material::LotInterval& where) const;
  double speed_mps() const { return speed_mps_; }

 private:
  struct Stretch {
    double to_t = 0;
    double kg_per_m = 0;
  };
  std::map<LotId, std::deque<Stretch>> lots_;
  double speed_mps_ = 0;
};

}  // namespace beltwarden::inspect
