// One WebSocket: everything is pushed to it, nothing it says is listened to.
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>

#include "api/server_state.h"

namespace beltwarden::api {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

constexpr std::size_t kMaxHeard = 1024;

class WebSocketClient final : public PushClient, public std::enable_shared_from_this<WebSocketClient> {
 public:
  WebSocketClient(std::shared_ptr<Shared> shared, beast::tcp_stream stream, Request request)
      : shared_(std::move(shared)), socket_(std::move(stream)), request_(std::move(request)), id_(shared_->next_client++) {
    ++shared_->connections;
  }
  ~WebSocketClient() override {
    --shared_->connections;
    {
      std::lock_guard lock(shared_->clients_mutex);
      shared_->clients.erase(id_);
    }
    if (welcomed_) tell([&] { shared_->handlers.closed(id_); });
  }

  void accept(const http::request<http::string_body>& upgrade) {
    socket_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    socket_.read_message_max(kMaxHeard);
    beast::get_lowest_layer(socket_).expires_never();
    socket_.async_accept(upgrade, [self = shared_from_this()](error_code error) {
      if (error) return;
      {
        std::lock_guard lock(self->shared_->clients_mutex);
        self->shared_->clients[self->id_] = self;
      }
      self->welcomed_ = true;
      self->tell([&] { self->shared_->handlers.opened(self->id_, self->request_); });
      self->read();
    });
  }

  void push(std::shared_ptr<const std::string> message) override {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this(), message = std::move(message)]() mutable {
      self->enqueue(std::move(message));
    });
  }

  void close() override {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->end(); });
  }

 private:
  template <class Word>
  void tell(Word word) {
    try {
      word();
    } catch (const std::exception& failure) {
      ++shared_->failed;
      shared_->log.error(std::string("a page's connection: ") + failure.what());
    }
  }

  void end() {
    ended_ = true;
    beast::get_lowest_layer(socket_).close();
  }

  void read() {
    socket_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->end();
      self->buffer_.clear();
      self->read();
    });
  }

  void enqueue(std::shared_ptr<const std::string> message) {
    if (ended_) return;
    backlog_ += message->size();
    if (backlog_ > shared_->options.max_backlog) {
      ++shared_->closed_slow;
      return end();
    }
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) write();
  }

  void write() {
    socket_.text(true);
    socket_.async_write(boost::asio::buffer(*queue_.front()), [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->end();
      self->backlog_ -= self->queue_.front()->size();
      self->queue_.pop_front();
      if (!self->queue_.empty()) self->write();
    });
  }

  std::shared_ptr<Shared> shared_;
  websocket::stream<beast::tcp_stream> socket_;
  Request request_;
  const ClientId id_;
  bool welcomed_ = false, ended_ = false;
  beast::flat_buffer buffer_{2 * kMaxHeard};
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::size_t backlog_ = 0;
};

}  // namespace

void serve_websocket(std::shared_ptr<Shared> shared, beast::tcp_stream stream, http::request<http::string_body> upgrade,
                     Request request) {
  std::make_shared<WebSocketClient>(std::move(shared), std::move(stream), std::move(request))->accept(upgrade);
}

}  // namespace beltwarden::api
