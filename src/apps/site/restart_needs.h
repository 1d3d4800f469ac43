// What a restart needs of the journal, and when plans are to be written again so that little is held back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "material/observation.h"

namespace beltwarden::site {

/// Follows the journal. What officers explained as natural ore is needed for good where nothing explained later is as high (of no brand: until
/// the lot ends). A lot that has not ended needs its plan, and everything since the PLC first named it; an order that has not been
/// answered needs itself. A lot or order of which nothing was heard for `kForgotten` holds nothing back any more, except that plans are
/// always kept. Pure.
class RestartNeeds {
 public:
  /// How many entries a plan may lie back before it is written again.
  explicit RestartNeeds(std::uint64_t renew_after = 50'000) : renew_after_(renew_after) {}

  /// A journaled observation, in order.
  void note(const material::Observation& observation);

  /// The first entry that must stay; `next` is the one to be written next.
  std::uint64_t keep_from(std::uint64_t next) const;

  /// Plans of lots that have not ended, and what was explained as natural ore, to be written again now: all of them, so that they lie
  /// together.
  std::vector<material::Observation> to_renew(std::uint64_t next) const;

 private:
  static constexpr Duration kForgotten = seconds(3 * 24 * 3600.0);
  struct Held {
    std::uint64_t first = 0;
    Time heard{};
  };

  const std::uint64_t renew_after_;
  std::map<LotId, material::Observation> plans_;
  std::map<std::pair<std::string, LotId>, std::vector<material::Observation>> explained_;   // by brand, or by lot
  std::map<LotId, Held> fed_;
  std::map<std::string, Held> orders_;
  Time newest_{};
};

}  // namespace beltwarden::site
