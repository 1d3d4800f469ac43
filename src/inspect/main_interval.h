// Which lot a reading mostly saw.
#pragma once

#include "material/observation.h"

namespace beltwarden::inspect {

/// The stretch with the most tonnes; null when the reading saw none.
inline const material::LotInterval* main_interval(const material::Observation& observation) {
  const material::LotInterval* best = nullptr;
  for (const auto& interval : observation.intervals) {
    if (best == nullptr || interval.tonnes.mass() > best->tonnes.mass()) best = &interval;
  }
  return best;
}

}  // namespace beltwarden::inspect
