// Where the belt was when a frame was taken: by the encoder that triggered it, rather than by when it arrived.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "material/reading.h"

namespace beltwarden::material {

/// Puts one instrument's own count of belt (EncoderStamp) on the line's belt positions. What the two differ by is the median
/// over the last frames of what arrival said, so that one late frame, or a network that stutters, moves no tonnes.
class EncoderStamps {
 public:
  /// Position in metres for a frame stamped `stamp`, of which its time says that the belt was at `by_time_m`.
  /// `forward`: the belt runs forwards. A count cannot tell backwards from forwards, so on a reversed belt time alone speaks.
  double place(const EncoderStamp& stamp, double by_time_m, bool forward) {
    if (!forward) {
      offsets_m_.clear();
      return by_time_m;
    }
    const double offset_m = by_time_m - stamp.belt_m;
    if (stamp.run != run_ || (!offsets_m_.empty() && std::abs(offset_m - median_m()) > kLost_m)) offsets_m_.clear();
    run_ = stamp.run;
    offsets_m_.push_back(offset_m);
    if (offsets_m_.size() > kFrames) offsets_m_.pop_front();
    return stamp.belt_m + median_m();
  }

 private:
  // Few enough to follow a worn measuring wheel (1 % over 32 frames of 0.5 m: 8 cm), enough to outvote late frames.
  static constexpr std::size_t kFrames = 33;
  // Further off than any jitter (1 s of the network's at 5 m/s): triggers were missed, or the count began anew.
  static constexpr double kLost_m = 5;

  double median_m() const {
    std::vector<double> sorted(offsets_m_.begin(), offsets_m_.end());
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
  }

  std::deque<double> offsets_m_;
  std::uint32_t run_ = 0;
};

}  // namespace beltwarden::material
