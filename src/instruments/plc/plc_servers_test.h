// Modbus TCP servers on loopback for the PLC driver's tests: a good one (libmodbus), one that answers as it is told, and
// somebody who listens to the driver.
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "instruments/plc/heartbeat_guard.h"
#include "instruments/plc/plc.h"
#include "instruments/plc/register_map.h"

namespace beltwarden::instruments::plc_test {

using ::testing::HasSubstr;
using material::BeltReading;
using material::CutterReading;
using material::HealthReading;
using material::StopAnswerReading;
using Bytes = std::vector<std::uint8_t>;

/// True as soon as `condition` is; false when it has not become so in time.
template <class Condition>
bool eventually(Condition condition, double within_s = 5) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(within_s);
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

/// Listens on loopback and answers each request with what `answer` makes of it (empty: says nothing).
class Server {
 public:
  using Answer = std::function<Bytes(const Bytes& request)>;

  explicit Server(Answer answer, std::uint16_t port = 0) : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::listen(listener_, 4);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void serve() {
    int peer = -1;
    while (!stop_) {
      pollfd ready{peer >= 0 ? peer : listener_, POLLIN, 0};
      if (::poll(&ready, 1, 10) <= 0) continue;
      if (peer < 0) {
        peer = ::accept(listener_, nullptr, nullptr);
        ++connections_;
        continue;
      }
      Bytes request(260);
      const ssize_t n = ::recv(peer, request.data(), request.size(), 0);
      if (n <= 0) {
        ::close(peer);
        peer = -1;
        continue;
      }
      request.resize(static_cast<std::size_t>(n));
      const Bytes reply = answer_(request);
      if (!reply.empty()) ::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
    }
    if (peer >= 0) ::close(peer);
  }

  Answer answer_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

/// A PLC by libmodbus, with the documented registers. Its program beats at every request.
class Plc {
 public:
  explicit Plc(std::uint16_t port = 0) { start(port); }
  ~Plc() { kill(); }

  void start(std::uint16_t port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    ASSERT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::listen(listener_, 4);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    stop_ = false;
    thread_ = std::thread([this] { serve(); });
  }
  void kill() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
  }

  std::uint16_t port() const { return port_; }
  void set(int address, std::vector<std::uint16_t> values) {
    std::lock_guard lock(mutex_);
    for (std::uint16_t value : values) registers_->tab_input_registers[address++] = value;
  }
  std::uint16_t held(int address) {
    std::lock_guard lock(mutex_);
    return registers_->tab_registers[address];
  }
  std::atomic<bool> beating{true};

 private:
  void serve() {
    modbus_t* context = modbus_new_tcp("127.0.0.1", port_);
    modbus_set_indication_timeout(context, 0, 50'000);
    int peer = -1;
    while (!stop_) {
      if (peer < 0) {
        pollfd ready{listener_, POLLIN, 0};
        if (::poll(&ready, 1, 10) > 0) peer = modbus_tcp_accept(context, &listener_);
        continue;
      }
      std::uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
      const int n = modbus_receive(context, request);
      if (n < 0 && errno == ETIMEDOUT) continue;
      if (n < 0) {
        modbus_close(context);
        peer = -1;
        continue;
      }
      std::lock_guard lock(mutex_);
      if (beating) ++registers_->tab_input_registers[10];
      modbus_reply(context, request, n, registers_);
    }
    if (peer >= 0) modbus_close(context);
    modbus_free(context);
  }

  std::mutex mutex_;
  modbus_mapping_t* registers_ = modbus_mapping_new(0, 0, 20, 40);
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// A driver and everything it said.
class Listener {
 public:
  explicit Listener(std::uint16_t port, const std::string& more = "") {
    const auto config = Config::parse("host = '127.0.0.1'\nport = " + std::to_string(port) +
                                          "\nperiod_s = 0.02\ntimeout_s = 0.15\nlongest_pause_s = 0.25\nstale_s = 0.2\n" + more, "plc.toml");
    EXPECT_TRUE(config.ok());
    auto made = make_modbus_plc(*config, {InstrumentId{"plc"}, *log_, clock_});
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    driver = std::move(*made);
    EXPECT_TRUE(driver->start([this](Output output) {
      std::lock_guard lock(mutex_);
      said_.push_back(std::get<material::Reading>(std::move(output)));
      return true;
    }).ok());
  }

  template <class T>
  std::vector<material::Reading> said() {
    std::lock_guard lock(mutex_);
    std::vector<material::Reading> result;
    for (const auto& r : said_) {
      if (std::holds_alternative<T>(r.payload)) result.push_back(r);
    }
    return result;
  }
  std::uint64_t drops(const std::string& cause) {
    for (const auto& drop : driver->health().dropped) {
      if (drop.cause == cause) return drop.count;
    }
    return 0;
  }
  HealthReading::State state() { return driver->health().state; }

 private:
  std::unique_ptr<Log> log_ = make_null_log();
  SystemClock clock_;
  std::mutex mutex_;
  std::vector<material::Reading> said_;

 public:
  std::unique_ptr<Driver> driver;      // last: it stops before what it speaks to goes
};

}  // namespace beltwarden::instruments::plc_test
