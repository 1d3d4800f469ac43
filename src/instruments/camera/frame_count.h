// A camera's frame ids and clock, made continuous.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.h"

namespace beltwarden::instruments::camera {

/// Numbers frames from 1, across the 16-bit ids of GigE Vision 1 (65535 is followed by 1) and across reconnects.
class FrameCounter {
 public:
  struct Count {
    std::uint64_t number = 0;
    std::uint64_t lost = 0;          ///< frames that the camera numbered and nobody got
    bool repeated = false;           ///< the same id again, or an older one: no new frame
  };

  Count count(std::uint64_t id) {
    if (!last_) {
      last_ = id;
      return {++number_, 0, false};
    }
    std::uint64_t ahead = id - *last_;
    if (id < *last_ && *last_ <= 65535 && *last_ - id > 32768) ahead = id + 65535 - *last_;
    if (ahead == 0 || ahead > kLargestGap) {
      // Far from anything that follows: the camera has begun to count anew.
      if (ahead == 0 || *last_ - id < kOutOfOrder) return {number_, 0, true};
      last_ = id;
      return {++number_, 0, false};
    }
    last_ = id;
    number_ += ahead;
    return {number_, ahead - 1, false};
  }

  /// After a reconnect ids begin anew; numbers go on.
  void reconnected() { last_.reset(); }

 private:
  static constexpr std::uint64_t kLargestGap = 10'000, kOutOfOrder = 16;
  std::optional<std::uint64_t> last_;
  std::uint64_t number_ = 0;
};

/// The camera's own stamps on the site's clock: the smallest delay seen lately is taken as what the clocks differ by, so that
/// network jitter falls out.
class CameraClock {
 public:
  /// `stamp_ns` is the camera's, `arrival` the site's time at which the frame came.
  Time on_site_clock(std::uint64_t stamp_ns, Time arrival) {
    const auto stamp = static_cast<std::int64_t>(stamp_ns);
    if (!offsets_.empty() && stamp < last_stamp_) offsets_.clear();      // the camera was restarted
    last_stamp_ = stamp;
    offsets_.push_back(arrival.ns - stamp);
    if (offsets_.size() > kWindow) offsets_.pop_front();
    return {stamp + *std::min_element(offsets_.begin(), offsets_.end())};
  }
  void reconnected() { offsets_.clear(); }

 private:
  static constexpr std::size_t kWindow = 256;
  std::deque<std::int64_t> offsets_;
  std::int64_t last_stamp_ = 0;
};

}  // namespace beltwarden::instruments::camera
