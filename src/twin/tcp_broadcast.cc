#include "twin/tcp_broadcast.h"

#include <array>
#include <boost/asio.hpp>
#include <deque>
#include <set>
#include <thread>

namespace beltwarden::twin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kMostBacklog = std::size_t{32} << 20;

// One client. Everything happens on the broadcast's one thread.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(tcp::socket socket, std::function<void(const std::shared_ptr<Client>&)> gone)
      : socket_(std::move(socket)), gone_(std::move(gone)) {}

  void start(std::shared_ptr<const std::string> greeting) {
    boost::system::error_code error;
    socket_.set_option(tcp::no_delay(true), error);
    if (!greeting->empty()) send(std::move(greeting));
    listen();
  }

  void send(std::shared_ptr<const std::string> message) {
    if (closed_) return;
    backlog_ += message->size();
    if (backlog_ > kMostBacklog) return close();
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) write();
  }

  void close() {
    if (closed_) return;
    closed_ = true;
    boost::system::error_code error;
    socket_.close(error);
    gone_(shared_from_this());
  }

 private:
  void write() {
    asio::async_write(socket_, asio::buffer(*queue_.front()), [self = shared_from_this()](auto error, std::size_t) {
      if (error) return self->close();
      self->backlog_ -= self->queue_.front()->size();
      self->queue_.pop_front();
      if (!self->queue_.empty() && !self->closed_) self->write();
    });
  }
  // Clients say nothing; reading finds out when they go.
  void listen() {
    socket_.async_read_some(asio::buffer(heard_), [self = shared_from_this()](auto error, std::size_t) {
      if (error) return self->close();
      self->listen();
    });
  }

  tcp::socket socket_;
  std::function<void(const std::shared_ptr<Client>&)> gone_;
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::array<char, 256> heard_{};
  std::size_t backlog_ = 0;
  bool closed_ = false;
};

class Broadcast final : public TcpBroadcast {
 public:
  explicit Broadcast(std::function<std::string()> greeting) : acceptor_(io_), greeting_(std::move(greeting)) {}

  ~Broadcast() override {
    asio::post(io_, [this] {
      boost::system::error_code error;
      acceptor_.close(error);
      const auto clients = clients_;
      for (const auto& client : clients) client->close();
    });
    work_.reset();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> open(const std::string& address, std::uint16_t port) {
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(address, error);
    if (error) return invalid_input("address '" + address + "': expected an IP address");
    const tcp::endpoint endpoint(ip, port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return io_error("cannot listen on " + address + ":" + std::to_string(port) + ": " + error.message());
    accept();
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  std::uint16_t port() const override {
    boost::system::error_code error;
    return acceptor_.local_endpoint(error).port();
  }

  void send(std::shared_ptr<const std::string> message) override {
    asio::post(io_, [this, message = std::move(message)] {
      const auto clients = clients_;
      for (const auto& client : clients) client->send(message);
    });
  }

 private:
  void accept() {
    acceptor_.async_accept([this](auto error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        auto client = std::make_shared<Client>(std::move(socket), [this](const auto& gone) { clients_.erase(gone); });
        clients_.insert(client);
        client->start(std::make_shared<const std::string>(greeting_ ? greeting_() : std::string()));
      }
      accept();
    });
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  tcp::acceptor acceptor_;
  std::function<std::string()> greeting_;
  std::set<std::shared_ptr<Client>> clients_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<TcpBroadcast>> TcpBroadcast::listen(const std::string& address, std::uint16_t port,
                                                           std::function<std::string()> greeting) {
  auto broadcast = std::make_unique<Broadcast>(std::move(greeting));
  if (auto ok = broadcast->open(address, port); !ok) return ok.error();
  return std::unique_ptr<TcpBroadcast>(std::move(broadcast));
}

}  // namespace beltwarden::twin
