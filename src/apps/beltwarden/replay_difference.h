// What another pack would have said otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace beltwarden::app {

struct FindingDifference {
  struct Count {
    std::uint64_t before = 0, now = 0, fresh = 0, gone = 0;
  };
  std::map<std::string, Count> suspicions;   ///< by model and code
  std::string csv;                           ///< change,model,code,label,lot,from_t,to_t,time: "new" and "gone" suspicions, and those "renamed"
};

/// Of suspicions alone, as the journal and the site encode them. One of the same model and code whose tonnes overlap is the same,
/// by another label it is renamed.
Result<FindingDifference> difference_of(const std::vector<std::string>& before, const std::vector<std::string>& now);

/// A line a model and code.
std::string in_words(const FindingDifference& difference);

}  // namespace beltwarden::app
