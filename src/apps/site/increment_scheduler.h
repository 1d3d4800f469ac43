// Cuts the increments that a lot's sampling plan asks for, when their tonnes reach the cutter.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "instruments/driver.h"
#include "material/line_tracker.h"
#include "material/observation.h"

namespace beltwarden::site {

/// Mass-basis systematic sampling (ISO 3082): an increment every `interval` tonnes of a lot, the first at half of it.
/// An order that the officer gave for a stretch of tonnes waits until that stretch is at the cutter. Pure.
class IncrementScheduler {
 public:
  /// `interval_of` gives a lot's increment interval from its plan.
  IncrementScheduler(material::LineLayout layout, std::function<Tonnes(const material::LotPlan&)> interval_of);

  /// What to cut now that `observation` has been stamped, and where; empty for nearly every one.
  struct Cut {
    instruments::CutOrder order;
    LotId lot;
    Tonnes mark;
    std::string requested_by;            ///< "plan", or the officer
  };
  std::vector<Cut> observe(const material::Observation& observation, const material::LineTracker& tracker);

  /// An officer's order: at `where`, or at the cutter's present material when it is empty.
  void order(std::string command_id, material::LotInterval where, std::string requested_by);

  /// After a restart: this cut was ordered already.
  void restore(const material::CommandTaken& taken);

 private:
  struct LotState {
    Tonnes interval;
    Tonnes next;
    std::uint32_t count = 0;
  };
  struct Wanted {
    std::string command_id;
    material::LotInterval where;
    std::string requested_by;
  };

  std::optional<Metres> cutter_;
  std::function<Tonnes(const material::LotPlan&)> interval_of_;
  std::map<LotId, LotState> lots_;
  std::deque<Wanted> wanted_;
};

/// The journaled form of a planned or ordered cut: "<lot>/<increment>@<tonne mark>".
material::CommandTaken cut_taken(const IncrementScheduler::Cut& cut);

/// The increment's number in its lot, from the journaled form; 0 for an officer's order.
std::uint32_t increment_of(const material::CommandTaken& taken);

}  // namespace beltwarden::site
