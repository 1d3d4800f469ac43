// What the server's connections share; for this module's sources only.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "api/server.h"

namespace beltwarden::api {

class PushClient;

struct Shared {
  Shared(const ServerOptions& o, Handlers h, Log& l) : options(o), handlers(std::move(h)), log(l) {}

  ServerOptions options;
  Handlers handlers;
  Log& log;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::uint64_t> requests{0}, refused{0}, closed_slow{0}, next_client{1};
  std::mutex clients_mutex;
  std::unordered_map<ClientId, std::weak_ptr<PushClient>> clients;
};

/// Reads HTTP requests from `socket` until it closes or becomes a WebSocket. Keeps itself alive.
void serve_connection(std::shared_ptr<Shared> shared, boost::asio::ip::tcp::socket socket);

/// One WebSocket client that is only pushed to.
class PushClient {
 public:
  virtual ~PushClient() = default;
  virtual void push(std::shared_ptr<const std::string> message) = 0;
  virtual void close() = 0;
};

}  // namespace beltwarden::api
