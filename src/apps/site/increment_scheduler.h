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
/// An order that the officer gave for a stretch of tonnes waits until that stretch is at the cutter, and is answered as not
/// taken when its last tonne has passed: what lies at the cutter then is other material. Pure.
class IncrementScheduler {
 public:
  /// `interval_of` gives a lot's increment interval from its plan.
  IncrementScheduler(material::LineLayout layout, std::function<Tonnes(const material::LotPlan&)> interval_of);

  /// An increment to cut, and where.
  struct Cut {
    instruments::CutOrder order;
    LotId lot;
    Tonnes mark;
    std::string requested_by;            ///< "plan", or the officer
  };
  /// An order that cannot be carried out any more.
  struct Missed {
    std::string command_id;
    material::LotInterval where;
    std::string reason;                  ///< for people
  };
  struct Due {
    std::vector<Cut> cuts;
    std::vector<Missed> missed;
  };
  /// What is due now that `observation` has been stamped; nothing after nearly every one.
  Due observe(const material::Observation& observation, const material::LineTracker& tracker);

  /// An officer's order: at `where`, or at the cutter's present material when it is empty.
  void order(std::string command_id, material::LotInterval where, std::string requested_by);

  /// After a restart: this cut was ordered already. Returns the increment's number in its lot.
  std::uint32_t restore(const material::CommandTaken& taken);

  /// After a restart: this order was answered.
  void answered(const std::string& command_id);

 private:
  struct LotState {
    Tonnes interval;
    Tonnes next;
    std::uint32_t count = 0;             ///< cut by the plan
    std::uint32_t ordered = 0;           ///< cut by officers' orders
  };
  struct Wanted {
    std::string command_id;
    material::LotInterval where;
    std::string requested_by;
    bool was_upstream = false;           ///< of the cutter when the belt was last looked at
  };
  enum class Place { kNotYet, kAtCutter, kPassed };
  Place place_of(Wanted& wanted, const material::LineTracker& tracker) const;
  Tonnes mark_at_cutter(const material::LotInterval& where, const material::LineTracker& tracker) const;
  void observe_wanted(const material::Observation& observation, const material::LineTracker& tracker, Due& due);

  std::optional<Metres> cutter_;
  std::function<Tonnes(const material::LotPlan&)> interval_of_;
  std::map<LotId, LotState> lots_;
  std::deque<Wanted> wanted_;
};

/// The journaled form of a planned or ordered cut: "<lot>/<increment>@<tonne mark>".
material::CommandTaken cut_taken(const IncrementScheduler::Cut& cut);

}  // namespace beltwarden::site
