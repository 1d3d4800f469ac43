// What a device's running numbers and times tell: doubled, late and missing readings, and a clock that is wrong.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <tuple>

#include "base/time.h"

namespace beltwarden::instruments {

/// Judges readings by sequence, time and a check sum of their content: only what agrees in all three is a duplicate. A
/// device that restarts counts from its beginning again, and times may be as coarse as a second.
class OrderGuard {
 public:
  enum class Verdict { kNew, kLate, kDuplicate };

  /// Sequence 0 = the device has none; then only the time counts.
  /// References that a device repeats to everyone who connects are old then: they do not begin the count of gaps.
  Verdict judge(std::uint64_t sequence, Time time, std::uint32_t content = 0, bool begins_count = true);

  /// Numbers skipped so far and not come late: readings that the device made and nobody got.
  std::uint64_t missing() const { return missing_; }

 private:
  static constexpr std::size_t kRemembered = 4096;
  static constexpr std::uint64_t kLargestGap = 100'000;  // beyond it the device has restarted

  using Key = std::tuple<std::uint64_t, std::int64_t, std::uint32_t>;
  std::set<Key> seen_;
  std::deque<Key> order_;
  std::uint64_t last_sequence_ = 0, missing_ = 0;
  Time last_time_{INT64_MIN};
};

/// The device's clock against the site's. Readings may come late (a gateway that held them back), never before they
/// were made: the smallest delay seen lately is what the clocks differ by.
class ClockGuard {
 public:
  explicit ClockGuard(Duration tolerance) : tolerance_(tolerance) {}

  /// `time` as the site's clock would have had it: unchanged while the clocks agree within the tolerance.
  Time on_site_clock(Time time, Time received);

  /// How far the device's clock is behind the site's, when that is more than the tolerance; else 0.
  Duration difference() const { return difference_; }

 private:
  static constexpr std::size_t kWindow = 256;

  Duration tolerance_;
  std::deque<Duration> delays_;
  Duration difference_{};
};

}  // namespace beltwarden::instruments
