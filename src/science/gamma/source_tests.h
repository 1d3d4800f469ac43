// Is there more in these intervals than the background, in the shape of a source and in the time that it takes to pass?
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "science/gamma/belt_tracker.h"
#include "science/gamma/source_templates.h"

namespace beltwarden::gamma {

/// One shape that is looked for.
struct Candidate {
  enum class Role : std::uint8_t {
    kSource,       ///< a nuclide's template
    kBackground,   ///< more of all that is there (a detector that came back, a load that is wrong): no source
    kBand          ///< an energy band: part of the anomaly test
  };
  Role role = Role::kSource;
  std::string nuclide;
  std::string shielding;
};

/// Outcome for one window: every candidate's score over its standard deviation, its significance as a normal deviate
/// (counts are skewed: few of them lie far above their mean oftener), and the rate it would have added at its peak, cps.
struct WindowScores {
  std::vector<double> z, significance;
  std::vector<double> cps;
};

/// Keeps the last intervals and scores windows over them: a Poisson score test of each candidate, weighted in time like a
/// passing point source, with the background's directions as nuisances of known covariance (Kay, Fundamentals of
/// Statistical Signal Processing II, 6.5 and 6.7).
class SourceTests {
 public:
  SourceTests(const BackgroundModel& model, const TemplateLibrary& library, double anchor_gain);
  ~SourceTests();
  SourceTests(SourceTests&&) noexcept;

  const std::vector<Candidate>& candidates() const;

  /// Takes the next interval in; shapes are stretched to `gain` when it has moved.
  void add(std::span<const double> bins, double live_s, const Prediction& prediction, double gain);
  /// How many intervals are held, at most kHeld.
  std::size_t held() const;
  void clear();
  static constexpr std::size_t kHeld = 61;

  /// A candidate's shape at the gain now, a bin; sums to 1. Stays valid until the next interval is taken in.
  std::span<const double> shape(std::size_t candidate) const;

  /// Scores a window: `profile` over the intervals ending `ends_before` intervals ago; 1 at its peak. `amounts` of the
  /// directions now, to which all of the window is brought, and their covariance over it.
  void score(std::span<const double> profile, std::size_t ends_before,
             const std::array<double, kDirections>& amounts,
             std::span<const double, kDirections * kDirections> covariance, WindowScores& scores) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::gamma
