#include "apps/site/frame_ring.h"

#include <algorithm>
#include <utility>

namespace beltwarden::site {

void FrameRing::add(instruments::RawFrame frame, const Sha256& digest) {
  auto kept = std::make_shared<KeptFrame>(std::move(frame), digest);
  std::lock_guard lock(mutex_);
  bytes_ += kept->frame.bgr.size();
  frames_.push_back(std::move(kept));
  while (bytes_ > max_bytes_ && frames_.size() > 1) {
    bytes_ -= frames_.front()->frame.bgr.size();
    frames_.pop_front();
  }
}

std::shared_ptr<KeptFrame> FrameRing::find(const InstrumentId& camera, std::uint64_t frame_number) const {
  std::lock_guard lock(mutex_);
  // Findings point at recent frames: search from the newest.
  const auto it = std::find_if(frames_.rbegin(), frames_.rend(), [&](const auto& kept) {
    return kept->frame.frame_number == frame_number && kept->frame.instrument == camera;
  });
  return it == frames_.rend() ? nullptr : *it;
}

}  // namespace beltwarden::site
