#include "instruments/common/worker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace beltwarden::instruments {

Worker::Worker() : stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Result<void> Worker::start(std::function<void()> body) {
  if (stop_fd_ < 0) return io_error("cannot create an event descriptor for the driver");
  if (thread_.joinable() || stopping_) return conflict("the driver was started before");
  thread_ = std::thread(std::move(body));
  return {};
}

void Worker::stop() {
  stopping_ = true;
  if (stop_fd_ >= 0) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_fd_, &one, sizeof one);
  }
  if (thread_.joinable()) thread_.join();
  if (stop_fd_ >= 0) ::close(stop_fd_);
  stop_fd_ = -1;
}

bool Worker::wait(Duration duration) const {
  pollfd stop{stop_fd_, POLLIN, 0};
  ::poll(&stop, 1, static_cast<int>(std::max<std::int64_t>(duration.ns / 1'000'000, 0)));
  return !stopping_;
}

}  // namespace beltwarden::instruments
