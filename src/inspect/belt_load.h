// How heavily the belt was loaded at each tonne of a lot, from the scale's polls.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "material/observation.h"

namespace beltwarden::inspect {

/// Load under an instrument that sees these tonnes now.
struct LoadAt {
  double kg_per_m = 0;
  double sd_kg_per_m = 0;              ///< what the scale does not know, and how the load varies where it is seen
  double full_kg_per_m = 0;            ///< the heaviest nearby
  bool end = false;                    ///< the load begins or ends here: the instrument may see less than it
};

/// Remembers the last kilometres of belt. Tonnes seen before they were weighed have no load yet.
class BeltLoad {
 public:
  void observe(const material::Observation& observation);
  std::optional<LoadAt> at(const material::LotInterval& where) const;

 private:
  struct Stretch {
    double to_t = 0;
    double kg_per_m = 0;
    bool after_gap = false;            ///< nothing of the lot was weighed in the poll before
  };
  struct Lot {
    std::deque<Stretch> stretches;
    std::uint64_t newest_poll = 0;
  };
  std::map<LotId, Lot> lots_;
  std::uint64_t polls_ = 0;
  std::set<LotId> weighed_last_;       // lots of the newest poll
};

/// Share of a picture's length that carries material: its tonnes over what the belt's load puts on that length. 1 where
/// the load is not known.
double filled_share(const material::Observation& observation, const material::FrameReading& frame,
                    const BeltLoad& load);

}  // namespace beltwarden::inspect
