// Does the belt scale drift? A second, independent measure of the stream against what the scale says.
#pragma once

#include <optional>
#include <vector>

namespace beltwarden::logistics {

/// Follows log(scale / other), where the other measure is proportional to the true stream: the mass of a cutter's
/// increments (ISO 3082: rate x aperture / cutter speed). After each pair the series is cut in two wherever that parts
/// the means most (generalised likelihood ratio for one change of the mean); a difference far beyond its standard error
/// that is large enough to matter is a suspicion.
class ScaleDrift {
 public:
  struct Settings {
    int least_before = 20, least_after = 15;  ///< pairs on each side of the cut
    double deviations = 4.6;                  ///< of the difference of means: false once in a hundred runs of 500 pairs
    double least_shift = 0.004;               ///< relative; smaller ones are within a scale's class
  };
  ScaleDrift() = default;
  explicit ScaleDrift(Settings settings) : settings_(settings) {}

  struct Suspicion {
    double since = 0;                         ///< the mark of the first pair after the cut
    double drift = 0;                         ///< relative: +0.01 = the scale shows 1 % more than before
    double std_error = 0;
  };
  /// One pair at a mark (any unit the caller likes). A suspicion is said once; then the series begins anew.
  std::optional<Suspicion> add(double mark, double scale, double other);

  int pairs() const { return static_cast<int>(pairs_.size()); }

 private:
  struct Pair {
    double mark, ratio;
  };
  Settings settings_;
  std::vector<Pair> pairs_;                   // the newest 1,000
};

}  // namespace beltwarden::logistics
