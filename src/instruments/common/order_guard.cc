#include "instruments/common/order_guard.h"

#include <algorithm>

namespace beltwarden::instruments {

OrderGuard::Verdict OrderGuard::judge(std::uint64_t sequence, Time time, std::uint32_t content, bool begins_count) {
  const Key key(sequence, time.ns, content);
  if (!seen_.insert(key).second) return Verdict::kDuplicate;
  order_.push_back(key);
  if (order_.size() > kRemembered) {
    seen_.erase(order_.front());
    order_.pop_front();
  }
  if (last_sequence_ == 0 && !begins_count) return Verdict::kNew;
  const bool late = time < last_time_;
  if (!late) last_time_ = time;
  if (sequence == 0) return late ? Verdict::kLate : Verdict::kNew;
  if (late && sequence < last_sequence_) {
    if (missing_ > 0) --missing_;
    return Verdict::kLate;
  }
  if (last_sequence_ != 0 && sequence > last_sequence_ + 1 && sequence - last_sequence_ <= kLargestGap) {
    missing_ += sequence - last_sequence_ - 1;
  }
  last_sequence_ = sequence;
  return late ? Verdict::kLate : Verdict::kNew;
}

Time ClockGuard::on_site_clock(Time time, Time received) {
  delays_.push_back(received - time);
  if (delays_.size() > kWindow) delays_.pop_front();
  const Duration smallest = *std::min_element(delays_.begin(), delays_.end());
  const std::int64_t size = smallest.ns < 0 ? -smallest.ns : smallest.ns;
  difference_ = size > tolerance_.ns ? smallest : Duration{};
  return time + difference_;
}

}  // namespace beltwarden::instruments
