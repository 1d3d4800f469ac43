// The demo's civil time: it follows the ship's virtual time, and goes on at wall speed when the ship is empty.
#pragma once

#include <algorithm>
#include <mutex>

#include "base/time.h"

namespace beltwarden::app {

/// Never goes back. Safe from any thread.
class DemoClock final : public Clock {
 public:
  DemoClock(Time start, const Clock& wall) : wall_(wall), virtual_(start), set_at_(wall.monotonic()) {}

  Time now() const override {
    std::lock_guard lock(mutex_);
    last_ = std::max(last_, virtual_ + (wall_.monotonic() - set_at_));
    return last_;
  }
  Duration monotonic() const override { return wall_.monotonic(); }

  /// The ship's time now.
  void set(Time time) {
    std::lock_guard lock(mutex_);
    virtual_ = std::max(virtual_, time);
    set_at_ = wall_.monotonic();
  }

 private:
  const Clock& wall_;
  mutable std::mutex mutex_;
  Time virtual_;
  Duration set_at_;
  mutable Time last_{0};
};

}  // namespace beltwarden::app
