// The terminal's PLC as a Modbus TCP server: docs/instruments.md has its registers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "material/reading.h"

namespace beltwarden::twin {

/// What the server shows; called on its thread for every request.
struct PlcTerminal {
  std::function<material::BeltReading()> belt;
  std::function<std::uint16_t()> heartbeat;
  /// Cuts an increment now: kg, 0 = nothing to cut.
  std::function<double(std::uint32_t increment)> cut;
  /// Whether the terminal stops the belt.
  std::function<bool()> stop;
  double answer_s = 3;  ///< how long both answers take
};

class PlcServer {
 public:
  /// Port 0 = any that is free.
  static Result<std::unique_ptr<PlcServer>> listen(const std::string& address, std::uint16_t port, PlcTerminal terminal,
                                                   Log& log);
  virtual ~PlcServer() = default;
  virtual std::uint16_t port() const = 0;
};

}  // namespace beltwarden::twin
