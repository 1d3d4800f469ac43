// How rarely a score this high comes from background alone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace beltwarden::gamma {

/// Tail of a score's independent peaks: expected peaks an hour above a value. A generalised Pareto distribution of the
/// excesses over `start` (Coles, An Introduction to Statistical Modeling of Extreme Values, 4.3), with its shape pulled
/// to that of a normal score's tail, because hours of series say little of what happens once a day.
struct Tail {
  double start = 0;
  double per_hour = 0;       ///< of peaks above `start`
  double scale = 1, shape = 0;

  double rate_above(double score) const;      ///< peaks an hour; above 0
  double score_at(double peaks_per_hour) const;
};

/// `peaks`: the highest score of each run above some floor, over `hours`. Uses the highest tenth, at least 20 and at most
/// 200 of them.
Tail fit_tail(std::span<const double> peaks, double hours);

}  // namespace beltwarden::gamma
