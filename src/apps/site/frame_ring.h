// The last pictures of each camera, until a finding points at one or it is thinned away.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

#include "instruments/driver.h"

namespace beltwarden::site {

/// Keeps the newest frames up to a number of bytes. Safe from any thread.
class FrameRing {
 public:
  explicit FrameRing(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void add(instruments::RawFrame frame);

  /// A copy, or nothing when it has been overwritten or never came.
  std::optional<instruments::RawFrame> find(const InstrumentId& camera, std::uint64_t frame_number) const;

 private:
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::deque<instruments::RawFrame> frames_;
  std::size_t bytes_ = 0;
};

}  // namespace beltwarden::site
