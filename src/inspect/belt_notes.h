// What a gamma monitor has read of late: an event reaches back over it to its tonnes, its place and what it looked like in time.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "inspect/radioactivity_findings.h"

namespace beltwarden::inspect {

/// One reading. `lot` is empty where nothing lay under the detectors.
struct BeltNote {
  std::uint64_t index = 0;                   ///< the monitor's running number
  LotId lot;
  TonneInterval tonnes;
  Time time;
  double start_s = 0, live_s = 0, cps = 0, expected_cps = 0;
  double tonnes_per_s = 0, load_kg_per_m = 0, dead_share = 0;
  std::array<double, kEnergyGroups> groups{};
};

/// In order of time; the oldest are forgotten. Not thread-safe.
class BeltNotes {
 public:
  void add(BeltNote note);
  std::size_t size() const { return notes_.size(); }
  /// `back` readings before the last one; less than size().
  const BeltNote& back(std::size_t back) const { return notes_[notes_.size() - 1 - back]; }
  /// The last that began at or before `time_s`, or the first; null where there are none.
  const BeltNote* at(double time_s) const;

  /// Where an event was, and the largest share of dead time in it.
  struct Place : EventPlace {
    double dead_share = 0;
    std::vector<WaterfallRow> waterfall;     ///< from 20 s before it to 20 s after, as far as is known
  };
  /// Nothing where it is forgotten or no tonnes lay there.
  std::optional<Place> place_of(const gamma::BeltEvent& event) const;

 private:
  std::deque<BeltNote> notes_;
};

}  // namespace beltwarden::inspect
