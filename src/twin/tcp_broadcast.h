// A device's TCP port: every client that connects is greeted and then told everything that is sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace beltwarden::twin {

class TcpBroadcast {
 public:
  /// Port 0 = any that is free. `greeting` makes the first bytes of a connection; it is called on a thread of this
  /// class and what is sent after it returns comes behind it.
  static Result<std::unique_ptr<TcpBroadcast>> listen(const std::string& address, std::uint16_t port,
                                                      std::function<std::string()> greeting);
  virtual ~TcpBroadcast() = default;

  virtual std::uint16_t port() const = 0;

  /// Queues `message` for every client and returns at once; a client that lags by more than 32 MiB is dropped. From any
  /// thread.
  virtual void send(std::shared_ptr<const std::string> message) = 0;
};

}  // namespace beltwarden::twin
