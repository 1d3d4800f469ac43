// Where the belt is: encoder counts, or else integrated speed, become a position and a memory of positions by time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/time.h"
#include "material/line_tracker.h"
#include "material/reading.h"

namespace beltwarden::material {

/// Belt position in metres since the first poll, signed (a reversed belt moves back). Not thread-safe.
class BeltMotion {
 public:
  /// `encoder_tick_m` metres a count, counting 0 ... `encoder_modulus`-1. Polls further apart than `silence_s` leave a gap in
  /// which no position is claimed.
  BeltMotion(double encoder_tick_m, std::uint64_t encoder_modulus, double silence_s);

  struct Step {
    double dx_m = 0;          ///< moved since the poll before
    double dt_s = 0;          ///< 0 at the first poll and when the clock went back
  };

  /// Takes a poll that is newer than the one before (the caller sorts out late ones). `scale_counted`: the totaliser moved.
  Step advance(const BeltReading& belt, Time time, bool clock_went_back, bool scale_counted, std::vector<TrackerNote>& notes);

  bool started() const { return !memory_.empty(); }
  double position_m() const { return position_m_; }
  double speed_mps() const { return speed_mps_; }
  Time newest() const { return memory_.empty() ? Time{} : memory_.back().time; }

  struct Span {
    double low_m, high_m;
  };
  /// What the position ran through from `from` to `to` (both at or before `newest`). Nothing when that is older than the
  /// memory (two minutes) or lies in a gap between polls.
  std::optional<Span> span(Time from, Time to) const;

  /// Whether the belt ran forwards, or stood, just before `time`.
  bool forwards_at(Time time) const;

 private:
  double encoder_step(const BeltReading& belt, double by_speed_m, double dt_s, Time time, bool scale_counted,
                      std::vector<TrackerNote>& notes);
  void watch_slip(double encoder_mps, double reported_mps, double dt_s, Time time, std::vector<TrackerNote>& notes);
  std::optional<double> at(Time time) const;

  struct Sample {
    Time time;
    double x_m;
    bool after_gap;           ///< nothing is known between the sample before and this one
  };

  const double encoder_tick_m_;
  const std::int64_t encoder_modulus_;
  const double silence_s_;
  std::deque<Sample> memory_;
  double position_m_ = 0;
  double speed_mps_ = 0;
  double reported_mps_ = 0;
  std::optional<std::int64_t> encoder_;
  double stalled_s_ = 0, stalled_m_ = 0;   ///< the encoder stands while the drive says the belt moves
  bool stalled_counted_ = false;           ///< ... and the scale counts: then the encoder is wrong
  double slip_s_ = 0;
};

}  // namespace beltwarden::material
