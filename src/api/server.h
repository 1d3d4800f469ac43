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
  unsigned threads = 4;                          ///< requests that may be worked on at once
  std::size_t max_body = 1u << 20;
  std::uint32_t max_headers = 16u << 10;
  std::size_t max_connections = 512;
  std::size_t max_backlog = 4u << 20;            ///< bytes a WebSocket client may leave unread before it is closed
};

using ClientId = std::uint64_t;

/// What the server asks. Called from its threads, several at a time. What `request` throws becomes a logged 500.
struct Handlers {
  std::function<Response(const Request&)> request;
  /// A WebSocket knocks at `path`. Nothing = welcome: `opened` follows; a response refuses it.
  std::function<std::optional<Response>(const Request&)> knock;
  std::function<void(ClientId, const Request&)> opened;
  std::function<void(ClientId)> closed;
};

/// Listens from `open` on, answers from `run` on, until stopped or destroyed.
class Server {
 public:
  static Result<std::unique_ptr<Server>> open(const ServerOptions& options, Log& log);
  ~Server();

  /// Once. What the handlers use must outlive the server or its stop().
  void run(Handlers handlers);

  std::uint16_t port() const;                    ///< the one it listens on, also once stopped

  /// Queues one text message; `message` may be shared by many clients. A client that is gone is ignored.
  /// Any thread, but not while stop() is under way.
  void push(ClientId client, std::shared_ptr<const std::string> message);

  /// Closes a client's WebSocket, for example when its session ends. Threads as with push().
  void disconnect(ClientId client);

  /// Closes every connection and the port; no handler is called after it returns.
  void stop();

  struct Counts {
    std::uint64_t requests = 0, refused = 0, failed = 0, connections = 0, clients = 0, closed_slow = 0;
  };
  Counts counts() const;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::api
