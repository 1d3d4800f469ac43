// Has the rate of all that is counted changed at once, as when one of several detectors falls out or comes back?
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace beltwarden::gamma {

/// Parts of what is expected, column after column: surroundings and the ore's K, U and Th, counts a bin.
inline constexpr std::size_t kParts = 4;

/// Looks at 2.4 s before and after. An ore that changes leaves the surroundings as they are, a detector that falls out
/// does not: amounts of all parts are fitted, and those of the surroundings must have changed.
class RateStep {
 public:
  struct Step {
    double factor = 1;                 ///< rate after it over the rate before
    double from_s = 0;
  };
  /// `expected_sd` is the relative uncertainty of the sum of `expected`. A step is told once.
  std::optional<Step> observe(double time_s, std::span<const double> counts, std::span<const double> expected,
                              std::span<const double> parts, double expected_sd);
  void clear() { recent_.clear(); }

 private:
  struct Recent {
    double time_s = 0, observed = 0, expected = 0;
    std::vector<double> counts, parts;
  };
  std::deque<Recent> recent_;
};

}  // namespace beltwarden::gamma
