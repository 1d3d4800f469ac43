// How far a lot has come, how fast, and when it will be done.
#pragma once

#include <deque>
#include <optional>

#include "base/time.h"
#include "base/units.h"

namespace beltwarden::logistics {

/// Rates and expectations of one lot from its tonne mark over time. Feed marks in time order.
class Progress {
 public:
  explicit Progress(Tonnes declared) : declared_(declared) {}

  void passed(Tonnes mark, Time time);

  double share() const;                    ///< of the declared mass; above 1 when more came. 0 without declaration
  double rate_tph(Duration window) const;  ///< mean over the newest `window`, stops included; 0 before two marks
  /// When the declared mass will have passed at the mean rate of the last two hours. Nothing before ten minutes of
  /// material, without declaration, or once the declared mass is reached.
  std::optional<Time> eta() const;
  Tonnes mark() const { return points_.empty() ? Tonnes{0} : points_.back().mark; }

 private:
  struct Point {
    Tonnes mark;
    Time time;
  };
  Tonnes declared_;
  std::deque<Point> points_;                         // at most one in ten seconds, of the last three hours
  std::optional<Point> first_;
};

/// Declared against measured mass.
struct MassDifference {
  Tonnes difference;                                 ///< measured minus declared
  Tonnes std_error;                                  ///< of both together
  bool differs = false;                              ///< by more than two standard errors and more than the tolerance
};

/// `scale_class`: maximum permissible error of the belt weigher in service, share of the mass (OIML R 50: class 0.5 has
/// 0.005, class 1 0.01), taken as twice a standard error. `declared_share`: the same of a draft survey (about 0.005).
MassDifference compare_mass(Tonnes declared, Tonnes measured, double scale_class = 0.005,
                            double declared_share = 0.005);

/// Laytime of a call: what is allowed and what it costs to exceed it, from the charter party.
struct LaytimeTerms {
  double allowed_hours = 0;
  double demurrage_per_day = 0;
  double despatch_per_day = 0;  ///< paid to the charterer for time saved; half the demurrage by custom
};

/// Positive: demurrage owed for time over; negative: despatch earned for time saved. `used` counts from notice to
/// completion, excepted periods already taken off.
double laytime_balance(const LaytimeTerms& terms, Duration used);

}  // namespace beltwarden::logistics
