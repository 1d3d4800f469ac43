// Is the PLC's program running, and is this answer newer than the one before?
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace beltwarden::instruments::plc {

/// Follows a 16-bit counter that grows with every cycle of the PLC and rolls over.
class HeartbeatGuard {
 public:
  enum class Verdict {
    kFresh,
    kSameCycle,      ///< read twice within one cycle: says nothing new
    kStopped,        ///< has stood still for longer than the limit: what the registers hold is old
    kOlder,          ///< a little behind the one before: an answer out of order
    kRestarted,      ///< far from the one before: the PLC has started anew
  };

  explicit HeartbeatGuard(Duration limit) : limit_(limit) {}

  /// `now` is monotonic.
  Verdict judge(std::uint16_t beat, Duration now) {
    if (!last_) return fresh(beat, now, Verdict::kFresh);
    const auto ahead = static_cast<std::uint16_t>(beat - *last_);
    if (ahead == 0) return now - since_ > limit_ ? Verdict::kStopped : Verdict::kSameCycle;
    if (ahead < 0x8000) return fresh(beat, now, Verdict::kFresh);
    if (ahead >= 0x10000 - kOutOfOrder) return Verdict::kOlder;
    return fresh(beat, now, Verdict::kRestarted);
  }

  void forget() { last_.reset(); }

 private:
  static constexpr int kOutOfOrder = 16;

  Verdict fresh(std::uint16_t beat, Duration now, Verdict verdict) {
    last_ = beat;
    since_ = now;
    return verdict;
  }

  Duration limit_;
  std::optional<std::uint16_t> last_;
  Duration since_{};
};

}  // namespace beltwarden::instruments::plc
