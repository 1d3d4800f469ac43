#include "api/server.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/strand.hpp>

#include "api/server_state.h"

namespace beltwarden::api {

using boost::asio::ip::tcp;

struct Server::State {
  State(const ServerOptions& options, Handlers handlers, Log& log)
      : shared(std::make_shared<Shared>(options, std::move(handlers), log)),
        io(static_cast<int>(options.threads)),
        acceptor(io) {}

  void accept() {
    acceptor.async_accept(boost::asio::make_strand(io), [this](boost::system::error_code error, tcp::socket socket) {
      if (error == boost::asio::error::operation_aborted || !acceptor.is_open()) return;
      if (error) {
        shared->log.warn_once("accept", "a connection could not be accepted: " + error.message());
      } else if (shared->connections >= shared->options.max_connections) {
        ++shared->refused;
        shared->log.warn_once("connections", "more than " + std::to_string(shared->options.max_connections) +
                                                 " connections: new ones are turned away");
      } else {
        serve_connection(shared, std::move(socket));
      }
      accept();
    });
  }

  std::shared_ptr<Shared> shared;
  boost::asio::io_context io;
  tcp::acceptor acceptor;
  std::vector<std::thread> threads;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handlers handlers, Log& log) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(options.address, error);
  if (error) return invalid_input("'" + options.address + "' is no IP address to listen on");
  auto state = std::make_unique<State>(options, std::move(handlers), log);
  const tcp::endpoint endpoint(address, options.port);
  state->acceptor.open(endpoint.protocol(), error);
  if (!error) state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) state->acceptor.bind(endpoint, error);
  if (!error) state->acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) {
    return unavailable("cannot listen on " + options.address + ":" + std::to_string(options.port) + ": " + error.message() +
                       "; is another program using the port?");
  }
  state->accept();
  for (unsigned i = 0; i < options.threads; ++i) state->threads.emplace_back([s = state.get()] { s->io.run(); });
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const { return state_->acceptor.local_endpoint().port(); }

void Server::push(ClientId client, std::shared_ptr<const std::string> message) {
  std::shared_ptr<PushClient> target;
  {
    std::lock_guard lock(state_->shared->clients_mutex);
    const auto it = state_->shared->clients.find(client);
    if (it != state_->shared->clients.end()) target = it->second.lock();
  }
  if (target) target->push(std::move(message));
}

void Server::disconnect(ClientId client) {
  std::shared_ptr<PushClient> target;
  {
    std::lock_guard lock(state_->shared->clients_mutex);
    const auto it = state_->shared->clients.find(client);
    if (it != state_->shared->clients.end()) target = it->second.lock();
  }
  if (target) target->close();
}

void Server::stop() {
  if (!state_ || state_->threads.empty()) return;
  state_->io.stop();
  for (auto& thread : state_->threads) thread.join();
  state_->threads.clear();
}

Server::Counts Server::counts() const {
  const auto& s = *state_->shared;
  std::lock_guard lock(state_->shared->clients_mutex);
  return {s.requests, s.refused, s.clients.size(), s.closed_slow};
}

}  // namespace beltwarden::api
