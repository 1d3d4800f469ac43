#include "twin/plc_server.h"

#include <arpa/inet.h>
#include <modbus/modbus.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <deque>
#include <thread>
#include <vector>

namespace beltwarden::twin {
namespace {

constexpr int kInputRegisters = 32, kHoldingRegisters = 16;
constexpr std::size_t kMostClients = 16;
constexpr int kStatus = 0, kFeedLot = 1, kSpeed = 2, kEncoder = 4, kRate = 6, kTotaliser = 8, kHeartbeat = 10;
constexpr int kCutAnswer = 20, kCutResult = 21, kCutIncrement = 22, kCutMass = 23, kStopAnswer = 30, kStopResult = 31;
constexpr int kCutCommand = 0, kCutCommandIncrement = 1, kStopCommand = 10;

using SteadyTime = std::chrono::steady_clock::time_point;

class ModbusPlcServer final : public PlcServer {
 public:
  ModbusPlcServer(PlcTerminal terminal, Log& log) : terminal_(std::move(terminal)), log_(log) {}

  ~ModbusPlcServer() override {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    for (const int client : clients_) ::close(client);
    if (listener_ >= 0) ::close(listener_);
    if (mapping_ != nullptr) modbus_mapping_free(mapping_);
    if (modbus_ != nullptr) modbus_free(modbus_);
  }

  Result<void> open(const std::string& address, std::uint16_t port) {
    modbus_ = modbus_new_tcp(nullptr, 0);
    mapping_ = modbus_mapping_new(0, 0, kHoldingRegisters, kInputRegisters);
    if (modbus_ == nullptr || mapping_ == nullptr) return io_error("libmodbus: " + std::string(modbus_strerror(errno)));
    // A client that begins a request and does not end it must not hold up the others.
    modbus_set_indication_timeout(modbus_, 0, 300'000);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    if (inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1)
      return invalid_input("address '" + address + "': expected an IPv4 address");
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socklen_t size = sizeof where;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 ||
        ::listen(listener_, 8) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size) != 0) {
      return io_error("cannot listen on " + address + ":" + std::to_string(port) + ": " + std::strerror(errno));
    }
    port_ = ntohs(where.sin_port);
    thread_ = std::thread([this] { run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

 private:
  struct Answer {
    SteadyTime due;
    bool cut = false;
    std::uint16_t number = 0, result = 0, increment = 0, mass = 0;
  };

  void run() {
    std::vector<pollfd> watched;
    while (!stopping_) {
      watched.assign(1, {listener_, POLLIN, 0});
      for (const int client : clients_) watched.push_back({client, POLLIN, 0});
      if (::poll(watched.data(), watched.size(), 100) <= 0) continue;
      for (std::size_t i = 1; i < watched.size(); ++i) {
        if (watched[i].revents != 0 && !serve(watched[i].fd)) drop(watched[i].fd);
      }
      if ((watched[0].revents & POLLIN) != 0) accept();
    }
  }

  void accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    if (clients_.size() >= kMostClients) {
      log_.warn_once("plc clients", "the PLC serves 16 clients at most; one more was turned away");
      ::close(client);
      return;
    }
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients_.push_back(client);
  }

  void drop(int client) {
    ::close(client);
    std::erase(clients_, client);
  }

  bool serve(int client) {
    std::uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    modbus_set_socket(modbus_, client);
    const int length = modbus_receive(modbus_, query);
    if (length < 0) return false;
    if (length == 0) return true;
    refresh();
    const bool answered = modbus_reply(modbus_, query, length, mapping_) >= 0;
    obey();
    return answered;
  }

  void put32(int address, std::uint32_t value) {
    mapping_->tab_input_registers[address] = static_cast<std::uint16_t>(value >> 16);
    mapping_->tab_input_registers[address + 1] = static_cast<std::uint16_t>(value);
  }

  void refresh() {
    const auto belt = terminal_.belt();
    auto* in = mapping_->tab_input_registers;
    in[kStatus] = static_cast<std::uint16_t>((belt.running ? 1 : 0) | (belt.empty_belt ? 2 : 0));
    in[kFeedLot] = static_cast<std::uint16_t>(belt.feed_lot);
    put32(kSpeed, static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lround(belt.speed_mps * 1000))));
    put32(kEncoder, belt.encoder_ticks.value_or(0));
    put32(kRate, static_cast<std::uint32_t>(std::lround(belt.rate_tph * 10)));
    put32(kTotaliser, belt.totaliser_ticks);
    in[kHeartbeat] = terminal_.heartbeat();
    const auto now = std::chrono::steady_clock::now();
    while (!answers_.empty() && answers_.front().due <= now) {
      const Answer& a = answers_.front();
      if (a.cut) {
        in[kCutResult] = a.result;
        in[kCutIncrement] = a.increment;
        in[kCutMass] = a.mass;
        in[kCutAnswer] = a.number;
      } else {
        in[kStopResult] = a.result;
        in[kStopAnswer] = a.number;
      }
      answers_.pop_front();
    }
  }

  void obey() {
    const auto due =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<int>(terminal_.answer_s * 1000));
    const auto* holding = mapping_->tab_registers;
    if (holding[kCutCommand] != cut_command_) {
      cut_command_ = holding[kCutCommand];
      const double kg = terminal_.cut(holding[kCutCommandIncrement]);
      answers_.push_back({due, true, cut_command_, static_cast<std::uint16_t>(kg > 0 ? 1 : 2),
                          holding[kCutCommandIncrement],
                          static_cast<std::uint16_t>(std::lround(std::min(kg * 10, 65535.0)))});
    }
    if (holding[kStopCommand] != stop_command_) {
      stop_command_ = holding[kStopCommand];
      answers_.push_back({due, false, stop_command_, static_cast<std::uint16_t>(terminal_.stop() ? 1 : 2), 0, 0});
    }
  }

  PlcTerminal terminal_;
  Log& log_;
  modbus_t* modbus_ = nullptr;
  modbus_mapping_t* mapping_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0, cut_command_ = 0, stop_command_ = 0;
  std::vector<int> clients_;
  std::deque<Answer> answers_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<PlcServer>> PlcServer::listen(const std::string& address, std::uint16_t port,
                                                     PlcTerminal terminal, Log& log) {
  auto server = std::make_unique<ModbusPlcServer>(std::move(terminal), log);
  if (auto ok = server->open(address, port); !ok) return ok.error();
  return std::unique_ptr<PlcServer>(std::move(server));
}

}  // namespace beltwarden::twin
