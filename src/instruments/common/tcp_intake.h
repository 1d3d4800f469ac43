// The loop of a driver that listens to a TCP stream: connect, read, report silence, reconnect with growing pauses.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/config.h"
#include "instruments/common/health_keeper.h"
#include "instruments/common/worker.h"

namespace beltwarden::instruments {

struct TcpIntakeSettings {
  std::string host;
  std::uint16_t port = 0;
  Duration silence = seconds(10);  ///< without a byte for so long the connection is taken as dead
  Duration first_pause = milliseconds(250);
  Duration longest_pause = seconds(15);  ///< between two attempts to connect

  /// From `host`, `port`, `silence_s`, `longest_pause_s` of the instrument's table.
  static Result<TcpIntakeSettings> read(const Config& settings);
};

class TcpIntake {
 public:
  TcpIntake(TcpIntakeSettings settings, HealthKeeper& health, const Worker& worker)
      : settings_(std::move(settings)), health_(health), worker_(worker) {}

  struct Handlers {
    std::function<void()> connected;                      ///< a new connection: what was half read is void
    std::function<Result<void>(std::string_view)> bytes;  ///< an error drops the connection and is counted
  };
  /// Runs until the worker stops or the sink refuses.
  void run(const Handlers& handlers, const Sink& sink);

 private:
  bool listen(const Handlers& handlers, const Sink& sink, bool& heard);

  TcpIntakeSettings settings_;
  HealthKeeper& health_;
  const Worker& worker_;
};

}  // namespace beltwarden::instruments
