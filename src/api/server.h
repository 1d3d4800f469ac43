// HTTP/1.1 and WebSocket on one port. It knows bytes, limits and connections; what a request means is the handler's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/http.h"
#include "base/log.h"
#include "base/result.h"

namespace beltwarden::api {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                        ///< 0: any free one
  unsigned threads = 2;
  std::size_t max_body = 1u << 20;
  std::uint32_t max_headers = 16u << 10;
  std::size_t max_connections = 512;
  std::size_t max_backlog = 4u << 20;            ///< bytes a WebSocket client may leave unread before it is closed
};

using ClientId = std::uint64_t;

/// What the server asks. Called from its threads, several at a time.
struct Handlers {
  std::function<Response(const Request&)> request;
  /// A WebSocket knocks at `path`. Nothing = welcome: `opened` follows; a response refuses it.
  std::function<std::optional<Response>(const Request&)> knock;
  std::function<void(ClientId, const Request&)> opened;
  std::function<void(ClientId)> closed;
};

/// Runs until stopped or destroyed.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handlers handlers, Log& log);
  ~Server();

  std::uint16_t port() const;

  /// Queues one text message; `message` may be shared by many clients. A client that is gone is ignored. Any thread.
  void push(ClientId client, std::shared_ptr<const std::string> message);

  /// Closes a client's WebSocket, for example when its session ends.
  void disconnect(ClientId client);

  /// Closes everything; no handler is called after it returns.
  void stop();

  struct Counts {
    std::uint64_t requests = 0, refused = 0, clients = 0, closed_slow = 0;
  };
  Counts counts() const;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::api
