// Has the rate of all that is counted changed at once, as when one of several detectors falls out or comes back?
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace beltwarden::gamma {

/// Parts of what is expected, column after column: surroundings and the ore's K, U and Th, counts a bin.
inline constexpr std::size_t kParts = 4;

/// Compares 2.4 s with the 2.4 s before. A rate that has changed at once has two explanations: everything counts by one factor
/// more or less (a detector), or the ore's three series do and the surroundings as before (another ore). The one that fits
/// clearly better is taken. Where neither does, a fall that comes faster than an edge of the ore can pass the detector while the load
/// stays is a detector's; else it is asked again after 5 and 10 s.
class RateStep {
 public:
  struct Step {
    double factor = 1;                 ///< rate after it over the rate before
    double from_s = 0;
  };
  /// `expected_sd` is the relative uncertainty of the sum of `expected`; `passage_s` the shortest time at half maximum that a point
  /// source takes to pass. A step is told once.
  std::optional<Step> observe(double time_s, std::span<const double> counts, std::span<const double> expected,
                              std::span<const double> parts, double expected_sd, double passage_s);
  /// A change of the rate waits to be explained: what is counted meanwhile should teach nothing.
  bool undecided() const { return pending_.has_value(); }
  void clear() { recent_.clear(), pending_.reset(); }

 private:
  struct Recent {
    double time_s = 0, observed = 0, expected = 0;
    std::vector<double> counts, parts;
  };
  struct Pending {
    double from_s = 0, before = 1, change = 0;
    std::size_t looks = 1;
  };
  enum class Cause { kDetector, kOre, kUnclear };
  Cause cause_of(double from_s, double before, double& factor) const;

  bool sharp(double from_s, double passage_s) const;

  std::deque<Recent> recent_;
  std::optional<Pending> pending_;
};

/// Which interval is the first after a step of the rate, where such a step explains `counted` clearly better than a passage that adds
/// in proportion to `passing`, the amounts of both free beside `expected` times a free factor (least squares, weights of counting).
/// All three of one length; nothing where a passage explains it as well, or for fewer than six intervals.
std::optional<std::size_t> step_rather_than_passage(std::span<const double> counted, std::span<const double> expected,
                                                    std::span<const double> passing);

}  // namespace beltwarden::gamma
