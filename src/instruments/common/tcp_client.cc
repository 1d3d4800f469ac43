#include "instruments/common/tcp_client.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

namespace beltwarden::instruments {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

int milliseconds_of(Duration duration) {
  return static_cast<int>(std::clamp<std::int64_t>(duration.ns / 1'000'000, 0, 3'600'000));
}

Result<Address> look_up(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) return unavailable("cannot find the host '" + host + "': " + ::gai_strerror(code));
  Address address;
  address.size = found->ai_addrlen;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  return address;
}

// Name servers may take longer to answer than a driver may take to stop: the question is asked on a thread that is
// left to itself when nobody waits for the answer any more.
Result<Address> resolve(const std::string& host, std::uint16_t port, int stop_fd, Duration timeout) {
  if (auto numeric = look_up(host, port, AI_NUMERICHOST)) return numeric;
  struct Answer {
    std::mutex mutex;
    Result<Address> address = unavailable("no answer from the name server");
    bool done = false;
  };
  const auto answer = std::make_shared<Answer>();
  std::thread([answer, host, port] {
    auto address = look_up(host, port, 0);
    std::lock_guard lock(answer->mutex);
    answer->address = std::move(address);
    answer->done = true;
  }).detach();
  for (int waited_ms = 0; waited_ms < milliseconds_of(timeout); waited_ms += 10) {
    {
      std::lock_guard lock(answer->mutex);
      if (answer->done) return answer->address;
    }
    pollfd stop{stop_fd, POLLIN, 0};
    if (::poll(&stop, 1, 10) > 0) break;
  }
  return unavailable("no answer from the name server for '" + host + "'");
}

// What became ready: 1 the socket, 0 nothing in time, -1 the stop.
int wait_for(int fd, short events, int stop_fd, Duration timeout) {
  pollfd fds[2] = {{fd, events, 0}, {stop_fd, POLLIN, 0}};
  const int n = ::poll(fds, 2, milliseconds_of(timeout));
  if (n > 0 && fds[1].revents != 0) return -1;
  return n > 0 && fds[0].revents != 0 ? 1 : 0;
}

}  // namespace

Result<void> TcpClient::connect(const std::string& host, std::uint16_t port, int stop_fd, Duration timeout) {
  close();
  const std::string peer = host + ":" + std::to_string(port);
  auto address = resolve(host, port, stop_fd, timeout);
  if (!address) return address.error();
  fd_ = ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return io_error("cannot open a socket: " + std::string(std::strerror(errno)));
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address->storage), address->size) != 0 &&
      errno != EINPROGRESS) {
    const Error error = unavailable("cannot connect to " + peer + ": " + std::strerror(errno));
    close();
    return error;
  }
  const int ready = wait_for(fd_, POLLOUT, stop_fd, timeout);
  int code = 0;
  socklen_t size = sizeof code;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &size);
  if (ready <= 0 || code != 0) {
    close();
    return unavailable("cannot connect to " + peer + ": " + (ready <= 0 ? "no answer" : std::strerror(code)));
  }
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  return {};
}

Result<std::size_t> TcpClient::read(char* buffer, std::size_t size, int stop_fd, Duration timeout) {
  if (fd_ < 0) return unavailable("not connected");
  if (wait_for(fd_, POLLIN, stop_fd, timeout) <= 0) return std::size_t{0};
  const ssize_t n = ::recv(fd_, buffer, size, 0);
  if (n > 0) return static_cast<std::size_t>(n);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return std::size_t{0};
  const Error error = unavailable(n == 0 ? "the device closed the connection"
                                         : "connection lost: " + std::string(std::strerror(errno)));
  close();
  return error;
}

void TcpClient::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace beltwarden::instruments
