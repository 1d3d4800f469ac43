// The last pictures of each camera, until a finding points at one or it is thinned away.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "base/hash.h"
#include "instruments/driver.h"

namespace beltwarden::site {

/// A picture that may still become evidence.
struct KeptFrame {
  instruments::RawFrame frame;
  Sha256 digest{};             ///< of frame.bgr
  bool pinned = false;         ///< its evidence is in the journal, or was refused for good; of whoever pins alone
};

/// Keeps the newest frames up to a number of bytes. Safe from any thread.
class FrameRing {
 public:
  explicit FrameRing(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void add(instruments::RawFrame frame, const Sha256& digest);

  /// Null when it has been overwritten or never came.
  std::shared_ptr<KeptFrame> find(const InstrumentId& camera, std::uint64_t frame_number) const;

 private:
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<KeptFrame>> frames_;
  std::size_t bytes_ = 0;
};

}  // namespace beltwarden::site
