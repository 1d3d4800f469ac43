// Which of a device's running numbers have been seen: drops duplicates, lets late ones pass, notices a restarted device.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/time.h"

namespace beltwarden::material {

/// Remembers the newest 64 numbers (the anti-replay window of RFC 4303, section 3.4.3). Number 0 means "has none" and always
/// passes.
class SequenceWindow {
 public:
  enum class Verdict { kNew, kLate, kDuplicate, kRestarted };

  /// A device that sends an old number with a time later than everything before has begun to count anew.
  Verdict insert(std::uint64_t sequence, Time time) {
    const bool later = time > newest_time_;
    newest_time_ = std::max(newest_time_, time);
    if (sequence == 0) return Verdict::kNew;
    if (sequence > highest_) {
      const std::uint64_t shift = sequence - highest_;
      seen_ = shift < 64 ? (seen_ << shift) | 1 : 1;
      highest_ = sequence;
      return Verdict::kNew;
    }
    const std::uint64_t back = highest_ - sequence;
    const bool seen = back >= 64 || (seen_ >> back & 1);
    if (!seen) {
      seen_ |= std::uint64_t{1} << back;
      return Verdict::kLate;
    }
    if (!later) return Verdict::kDuplicate;
    highest_ = sequence;
    seen_ = 1;
    return Verdict::kRestarted;
  }

 private:
  std::uint64_t highest_ = 0;
  std::uint64_t seen_ = 0;     ///< bit i: number highest_-i was seen
  Time newest_time_{std::numeric_limits<std::int64_t>::min()};
};

}  // namespace beltwarden::material
