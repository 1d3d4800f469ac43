// Real sockets and folders for driver tests: a device on loopback, a place to collect readings, a folder of its own.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "instruments/driver.h"

namespace beltwarden::instruments {

/// A device that listens on loopback.
class LoopbackDevice {
 public:
  LoopbackDevice() : LoopbackDevice(0) {}
  explicit LoopbackDevice(std::uint16_t port) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 4);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~LoopbackDevice() {
    hang_up();
    ::close(listener_);
  }

  std::uint16_t port() const { return port_; }

  /// Waits for the driver to connect; false after five seconds.
  bool accept() {
    hang_up();
    pollfd ready{listener_, POLLIN, 0};
    if (::poll(&ready, 1, 5000) <= 0) return false;
    peer_ = ::accept(listener_, nullptr, nullptr);
    return peer_ >= 0;
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void hang_up() {
    if (peer_ >= 0) ::close(peer_);
    peer_ = -1;
  }

 private:
  int listener_ = -1, peer_ = -1;
  std::uint16_t port_ = 0;
};

/// Collects what a driver sends.
class Collector {
 public:
  Sink sink() {
    return [this](Output output) {
      std::lock_guard lock(mutex_);
      auto& reading = std::get<material::Reading>(output);
      (std::holds_alternative<material::HealthReading>(reading.payload) ? health_ : readings_)
          .push_back(std::move(reading));
      changed_.notify_all();
      return true;
    };
  }

  /// The readings once there are `n` of them (health apart), or what there is after five seconds.
  std::vector<material::Reading> wait_for(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(5), [&] { return readings_.size() >= n; });
    return readings_;
  }
  std::size_t health_readings() {
    std::lock_guard lock(mutex_);
    return health_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<material::Reading> readings_, health_;
};

/// Waits up to five seconds for `condition`.
template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

/// How often `driver` dropped something for `cause`.
inline std::uint64_t drops(const Driver& driver, std::string_view cause) {
  for (const auto& drop : driver.health().dropped) {
    if (drop.cause == cause) return drop.count;
  }
  return 0;
}

/// A folder that is gone with its test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "beltwarden_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace beltwarden::instruments
