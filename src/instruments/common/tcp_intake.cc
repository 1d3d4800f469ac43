#include "instruments/common/tcp_intake.h"

#include <algorithm>
#include <array>

#include "instruments/common/tcp_client.h"

namespace beltwarden::instruments {
namespace {

using State = material::HealthReading::State;

constexpr Duration kConnectTimeout = seconds(5);
constexpr Duration kTick = milliseconds(250);

}  // namespace

Result<TcpIntakeSettings> TcpIntakeSettings::read(const Config& settings) {
  TcpIntakeSettings result;
  auto host = settings.text("host");
  if (!host) return host.error();
  auto port = settings.integer("port", 1, 65535);
  if (!port) return port.error();
  auto silence_s = settings.number("silence_s", 0.1, 3600, result.silence.seconds());
  if (!silence_s) return silence_s.error();
  auto longest_s = settings.number("longest_pause_s", 0.01, 3600, result.longest_pause.seconds());
  if (!longest_s) return longest_s.error();
  result.host = *host;
  result.port = static_cast<std::uint16_t>(*port);
  result.silence = seconds(*silence_s);
  result.longest_pause = seconds(*longest_s);
  result.first_pause = std::min(result.first_pause, result.longest_pause);
  return result;
}

void TcpIntake::run(const Handlers& handlers, const Sink& sink) {
  Duration pause = settings_.first_pause;
  while (!worker_.stopping()) {
    bool heard = false;
    if (!listen(handlers, sink, heard)) return;
    if (heard) pause = settings_.first_pause;
    if (!health_.send_if_due(sink) || !worker_.wait(pause)) return;
    pause = std::min(Duration{pause.ns * 2}, settings_.longest_pause);
  }
}

// One connection from its beginning to its end. False when the driver is to end.
bool TcpIntake::listen(const Handlers& handlers, const Sink& sink, bool& heard) {
  TcpClient client;
  const std::string peer = settings_.host + ":" + std::to_string(settings_.port);
  if (auto connected = client.connect(settings_.host, settings_.port, worker_.stop_fd(), kConnectTimeout); !connected) {
    if (!worker_.stopping()) health_.state(State::kDisconnected, connected.error().message);
    return !worker_.stopping();
  }
  handlers.connected();
  health_.state(State::kConnecting, "connected to " + peer + ", waiting for data");
  std::array<char, 1 << 16> buffer;
  Duration quiet{};
  while (!worker_.stopping()) {
    if (!health_.send_if_due(sink)) return false;
    const auto n = client.read(buffer.data(), buffer.size(), worker_.stop_fd(), std::min(kTick, settings_.silence));
    if (!n) {
      health_.state(State::kDisconnected, peer + ": " + n.error().message);
      return true;
    }
    if (*n == 0) {
      quiet = quiet + std::min(kTick, settings_.silence);
      if (quiet < settings_.silence) continue;
      health_.state(State::kDisconnected,
                    peer + ": silent for " + std::to_string(static_cast<int>(quiet.seconds())) + " s; reconnecting");
      return true;
    }
    quiet = {};
    heard = true;
    if (auto taken = handlers.bytes({buffer.data(), *n}); !taken) {
      if (taken.error().code == ErrorCode::kUnavailable) return false;  // the sink refused: the site is closing
      health_.state(State::kFaulty, peer + ": " + taken.error().message + "; reconnecting");
      return true;
    }
  }
  return false;
}

}  // namespace beltwarden::instruments
