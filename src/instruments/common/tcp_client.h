// A TCP connection that a driver reads from: bounded waits, and it ends when the driver is stopped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace beltwarden::instruments {

class TcpClient {
 public:
  TcpClient() = default;
  ~TcpClient() { close(); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  /// Gives up after `timeout`, or at once when `stop_fd` becomes readable.
  Result<void> connect(const std::string& host, std::uint16_t port, int stop_fd, Duration timeout);

  /// Reads what is there, waiting up to `timeout`; 0 = nothing came (or stop was asked). An error when the peer
  /// closed the connection or it broke.
  Result<std::size_t> read(char* buffer, std::size_t size, int stop_fd, Duration timeout);

  void close();

 private:
  int fd_ = -1;
};

}  // namespace beltwarden::instruments
