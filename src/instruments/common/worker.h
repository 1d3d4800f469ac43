// A driver's thread, and the way to end it promptly: everything it waits for also waits for `stop_fd`.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "base/result.h"
#include "base/time.h"

namespace beltwarden::instruments {

class Worker {
 public:
  Worker();
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Result<void> start(std::function<void()> body);
  /// Asks the body to end and waits for it. May be called twice, not from the body.
  void stop();

  bool stopping() const { return stopping_.load(); }
  /// Becomes readable when the worker is asked to stop.
  int stop_fd() const { return stop_fd_; }
  /// Sleeps; false at once when asked to stop.
  bool wait(Duration duration) const;

 private:
  int stop_fd_ = -1;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace beltwarden::instruments
