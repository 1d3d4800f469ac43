#include "api/server.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>

#include "api/server_state.h"

namespace beltwarden::api {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr auto kAcceptAgain = std::chrono::milliseconds(100);  // when the system has no more descriptors, say
}

struct Server::State {
  State(const ServerOptions& options, Log& log)
      : shared(std::make_shared<Shared>(options, log)),
        io(std::make_unique<boost::asio::io_context>(static_cast<int>(options.threads))),
        acceptor(std::make_unique<tcp::acceptor>(*io)),
        pause(std::make_unique<boost::asio::steady_timer>(*io)) {}

  void accept() {
    acceptor->async_accept(boost::asio::make_strand(*io), [this](error_code error, tcp::socket socket) {
      if (error == boost::asio::error::operation_aborted) return;
      if (error) {
        shared->log.warn_once("accept", "a connection could not be accepted: " + error.message());
        pause->expires_after(kAcceptAgain);
        return pause->async_wait([this](error_code stopped) {
          if (!stopped) accept();
        });
      }
      if (shared->connections >= shared->options.max_connections) {
        ++shared->refused;
        shared->log.warn_once("connections", "more than " + std::to_string(shared->options.max_connections) +
                                                 " connections: new ones are turned away");
      } else {
        serve_connection(shared, std::move(socket));
      }
      accept();
    });
  }

  // An exception that escapes a handler ends one connection, never the server.
  void work() {
    for (;;) {
      try {
        io->run();
        return;
      } catch (const std::exception& failure) {
        shared->log.error(std::string("a connection was dropped: ") + failure.what());
      }
    }
  }

  std::shared_ptr<PushClient> client(ClientId id) const {
    std::lock_guard lock(shared->clients_mutex);
    const auto it = shared->clients.find(id);
    return it == shared->clients.end() ? nullptr : it->second.lock();
  }

  std::shared_ptr<Shared> shared;
  std::unique_ptr<boost::asio::io_context> io;   // null once stopped
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<boost::asio::steady_timer> pause;
  std::uint16_t port = 0;
  std::vector<std::thread> threads;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options, Log& log) {
  error_code error;
  const auto address = boost::asio::ip::make_address(options.address, error);
  if (error) return invalid_input("'" + options.address + "' is no IP address to listen on");
  auto state = std::make_unique<State>(options, log);
  const tcp::endpoint endpoint(address, options.port);
  auto& acceptor = *state->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (!error) state->port = acceptor.local_endpoint(error).port();
  if (error) {
    return unavailable("cannot listen on " + options.address + ":" + std::to_string(options.port) + ": " + error.message() +
                       "; is another program using the port?");
  }
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

void Server::run(Handlers handlers) {
  state_->shared->handlers = std::move(handlers);
  state_->accept();
  for (unsigned i = 0; i < state_->shared->options.threads; ++i) {
    state_->threads.emplace_back([s = state_.get()] { s->work(); });
  }
}

std::uint16_t Server::port() const { return state_->port; }

void Server::push(ClientId client, std::shared_ptr<const std::string> message) {
  if (!state_->io) return;
  if (const auto target = state_->client(client)) target->push(std::move(message));
}

void Server::disconnect(ClientId client) {
  if (!state_->io) return;
  if (const auto target = state_->client(client)) target->close();
}

void Server::stop() {
  if (!state_->io) return;
  state_->io->stop();
  for (auto& thread : state_->threads) thread.join();
  state_->threads.clear();
  state_->pause.reset();
  state_->acceptor.reset();
  state_->io.reset();  // with what still waited in it: every connection, hence the last calls of `closed`
}

Server::Counts Server::counts() const {
  const auto& s = *state_->shared;
  std::lock_guard lock(state_->shared->clients_mutex);
  return {s.requests, s.refused, s.failed, s.connections, s.clients.size(), s.closed_slow};
}

}  // namespace beltwarden::api
