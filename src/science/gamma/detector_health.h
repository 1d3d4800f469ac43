// Is each detector of a monitor counting what a detector counts?
#pragma once

#include <span>
#include <string>
#include <vector>

namespace beltwarden::gamma {

enum class DetectorFault { kNone, kStuck, kDead, kNoisy };
std::string_view name_of(DetectorFault fault);

/// What one reading says of each detector.
struct DetectorCounts {
  std::span<const double> cps;
  double live_s = 1, real_s = 1;
  bool electronic = false;                       ///< what all together count too much has the shape of noise (electronic_excess)
};

/// Is more than half of what is counted over what is expected within 25 keV of the lowest energy? Electronic noise falls
/// that fast; a source of low energies (Am-241, or any behind a shield) has more above.
bool electronic_excess(std::span<const double> counts, std::span<const double> expected, std::span<const double> edges_kev);

/// Watches the count rate of each detector. Stuck: the same rate six times running, though counting is random (for 75 counts a
/// reading that happens by chance once in thirty million readings). Dead: for two seconds under a twentieth of its fellows
/// and a quarter of its own usual rate. Noisy: for ten seconds over three times its fellows, with the shape of noise: a source
/// that lies beside one detector is none. A fault ends after two seconds (five readings at least) without it. A detector alone
/// is judged for being stuck only, or dead when it counts nothing.
class DetectorHealth {
 public:
  struct Change {
    std::size_t detector = 0;
    DetectorFault was = DetectorFault::kNone, is = DetectorFault::kNone;
    int readings_back = 0;           ///< how many readings before this one it began
  };
  std::vector<Change> observe(const DetectorCounts& reading);

  bool any_fault() const;
  std::size_t faulty() const;
  /// Share of the latest counts that stuck detectors have given.
  double stuck_share() const;
  /// A detector may be about to fail, or to come back: what is counted now should not be relied on. One that is known to be
  /// at fault is no reason, nor is one that counts much more than the others: that is what a source does.
  bool suspicious() const;

 private:
  struct Run {                       // of readings alike
    int readings = 0;
    double seconds = 0;
    void go_on(bool alike, double s) { *this = alike ? Run{readings + 1, seconds + s} : Run{}; }
    bool lasts(int least, double s) const { return readings >= least && seconds >= s; }
  };
  struct State {
    double last_cps = -1, usual_cps = -1;
    Run same, low, high, fine;
    DetectorFault fault = DetectorFault::kNone;
  };
  std::vector<State> detectors_;
};

}  // namespace beltwarden::gamma
