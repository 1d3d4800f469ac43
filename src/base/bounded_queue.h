// A queue between two threads that pushes back instead of growing.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace beltwarden {

/// First in, first out, at most `capacity` elements. Safe from any thread.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. False when the queue was closed: the element is not taken.
  bool push(T element) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || elements_.size() < capacity_; });
    if (closed_) return false;
    elements_.push_back(std::move(element));
    filled_.notify_one();
    return true;
  }

  /// False at once when there is no room; the caller counts what it dropped.
  bool try_push(T element) {
    std::lock_guard lock(mutex_);
    if (closed_ || elements_.size() >= capacity_) return false;
    elements_.push_back(std::move(element));
    filled_.notify_one();
    return true;
  }

  /// Waits for an element; empty when the queue is closed and drained.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return closed_ || !elements_.empty(); });
    if (elements_.empty()) return std::nullopt;
    T element = std::move(elements_.front());
    elements_.pop_front();
    room_.notify_one();
    return element;
  }

  /// Waits up to `timeout` for something, then takes up to `most` elements. Empty on time-out or when closed and drained.
  template <class Timeout>
  std::vector<T> pop_some(std::size_t most, Timeout timeout) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, timeout, [&] { return closed_ || !elements_.empty(); });
    std::vector<T> taken;
    while (!elements_.empty() && taken.size() < most) {
      taken.push_back(std::move(elements_.front()));
      elements_.pop_front();
    }
    if (!taken.empty()) room_.notify_all();
    return taken;
  }

  /// No more pushes; waiting callers return. What is inside can still be popped.
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    filled_.notify_all();
    room_.notify_all();
  }

  bool closed_and_drained() const {
    std::lock_guard lock(mutex_);
    return closed_ && elements_.empty();
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return elements_.size();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable filled_, room_;
  std::deque<T> elements_;
  bool closed_ = false;
};

}  // namespace beltwarden
