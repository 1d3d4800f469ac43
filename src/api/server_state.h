// What the server's connections share; for this module's sources only.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "api/server.h"

namespace beltwarden::api {

class PushClient;

struct Shared {
  Shared(const ServerOptions& o, Log& l) : options(o), log(l) {}

  ServerOptions options;
  Handlers handlers;                             ///< set before the first thread runs
  Log& log;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::uint64_t> requests{0}, refused{0}, failed{0}, closed_slow{0}, next_client{1};
  std::mutex clients_mutex;
  std::unordered_map<ClientId, std::weak_ptr<PushClient>> clients;
};

/// Reads HTTP requests from `socket` until it closes or becomes a WebSocket. Keeps itself alive.
void serve_connection(std::shared_ptr<Shared> shared, boost::asio::ip::tcp::socket socket);

/// Takes a connection over that asked to become a WebSocket and is welcome. Keeps itself alive.
void serve_websocket(std::shared_ptr<Shared> shared, boost::beast::tcp_stream stream,
                     boost::beast::http::request<boost::beast::http::string_body> upgrade, Request request);

/// One WebSocket client that is only pushed to.
class PushClient {
 public:
  virtual ~PushClient() = default;
  virtual void push(std::shared_ptr<const std::string> message) = 0;
  virtual void close() = 0;
};

}  // namespace beltwarden::api
