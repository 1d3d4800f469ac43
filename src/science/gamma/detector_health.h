// Is each detector of a monitor counting what a detector counts?
#pragma once

#include <span>
#include <string>
#include <vector>

namespace beltwarden::gamma {

enum class DetectorFault { kNone, kStuck, kDead, kNoisy };
std::string_view name_of(DetectorFault fault);

/// Watches the count rate of each detector. Stuck: the same rate six times running, though counting is random (for 30
/// or more counts a reading that happens by chance once in a billion readings). Dead: under a twentieth of its fellows
/// five times running. Noisy: over three times its fellows ten times running. A fault ends after five readings without
/// it. A detector alone is judged for being stuck only, or dead when it counts nothing.
class DetectorHealth {
 public:
  struct Change {
    std::size_t detector = 0;
    DetectorFault was = DetectorFault::kNone, is = DetectorFault::kNone;
    int readings_back = 0;           ///< how many readings before this one it began
  };
  std::vector<Change> observe(std::span<const double> detector_cps, double live_s);

  bool any_fault() const;
  std::size_t faulty() const;
  /// Share of the latest counts that stuck detectors have given.
  double stuck_share() const;
  /// A detector may be about to fail, or to come back: what is counted now should not be relied on. One that is known to be
  /// at fault is no reason.
  bool suspicious() const;

 private:
  struct State {
    double last_cps = -1;
    int same = 0, low = 0, high = 0, fine = 0;
    DetectorFault fault = DetectorFault::kNone;
  };
  std::vector<State> detectors_;
};

}  // namespace beltwarden::gamma
