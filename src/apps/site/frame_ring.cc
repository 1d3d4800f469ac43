#include "apps/site/frame_ring.h"

#include <algorithm>

namespace beltwarden::site {

void FrameRing::add(instruments::RawFrame frame) {
  std::lock_guard lock(mutex_);
  bytes_ += frame.bgr.size();
  frames_.push_back(std::move(frame));
  while (bytes_ > max_bytes_ && frames_.size() > 1) {
    bytes_ -= frames_.front().bgr.size();
    frames_.pop_front();
  }
}

std::optional<instruments::RawFrame> FrameRing::find(const InstrumentId& camera, std::uint64_t frame_number) const {
  std::lock_guard lock(mutex_);
  // Findings point at recent frames: search from the newest.
  const auto it = std::find_if(frames_.rbegin(), frames_.rend(), [&](const instruments::RawFrame& frame) {
    return frame.frame_number == frame_number && frame.instrument == camera;
  });
  if (it == frames_.rend()) return std::nullopt;
  return *it;
}

}  // namespace beltwarden::site
