// What the center may ask of a site. A site acts on these and on nothing else from outside.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/ids.h"
#include "base/time.h"
#include "material/observation.h"

namespace beltwarden::wire {

/// Cut an increment from the material of `where` when it reaches the sampler, or at once when it is empty.
struct OrderSample {
  material::LotInterval where;
};

/// Ask the terminal to stop the belt. A request with an answer; never direct control.
struct RequestStop {
  std::string reason;
};

/// The lot's last tonne has been fed: its last slice closes once every instrument has passed it.
struct EndLot {
  LotId lot;
};

/// What was raised over this material is the ore's own radioactivity, within limits: its brand is expected to hold as much, or
/// this lot alone where `brand` is empty. With `instead` a word was taken back: the levels, none where no other was given, are all that
/// is expected of it from now on.
struct ExplainNaturalOre {
  material::LotInterval where;
  std::string brand;
  std::vector<material::NaturalLevel> levels;
  bool instead = false;
};

struct SiteCommand {
  std::string id;                        ///< unique; the site takes each id once
  LineId line;
  Time time;
  std::string requested_by;
  std::variant<material::LotPlan, OrderSample, RequestStop, EndLot, ExplainNaturalOre> order;
  std::uint64_t epoch = 0;               ///< of the journal whose tonnes an order means; another one refuses it. 0: any
};

}  // namespace beltwarden::wire
