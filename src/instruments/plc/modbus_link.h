// A Modbus TCP connection through libmodbus, with bounded waits and reasons in words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace beltwarden::instruments::plc {

/// Why a request failed. `cause` is one of a few short texts, for counting.
struct LinkError {
  std::string cause;
  std::string message;
  bool connection_usable = false;     ///< the PLC answered with an exception: the next request may succeed
};

/// Blocks for at most the time-out of one request. One thread at a time.
class ModbusLink {
 public:
  ModbusLink(std::string host, std::uint16_t port, int unit, Duration timeout);
  ~ModbusLink();

  /// Nothing when connected, else why not.
  std::unique_ptr<LinkError> connect();
  void close();
  bool connected() const { return connected_; }

  /// Appends `count` registers from `start` to `out`.
  std::unique_ptr<LinkError> read(bool holding, std::uint16_t start, std::uint16_t count, std::vector<std::uint16_t>& out);
  std::unique_ptr<LinkError> write(std::uint16_t start, const std::vector<std::uint16_t>& values);

 private:
  struct Context;
  std::unique_ptr<LinkError> failed(const std::string& what);

  std::string host_;
  std::uint16_t port_;
  int unit_;
  Duration timeout_;
  bool connected_ = false;
  std::unique_ptr<Context> context_;
};

}  // namespace beltwarden::instruments::plc
