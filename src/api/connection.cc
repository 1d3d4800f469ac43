// One TCP connection: HTTP requests, and perhaps a WebSocket in the end.
#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/url/parse.hpp>
#include <chrono>
#include <deque>

#include "api/server_state.h"

namespace beltwarden::api {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

constexpr auto kIdle = std::chrono::seconds(60);

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
    if (welcomed_) shared_->handlers.closed(id_);
  }

  void accept(const http::request<http::string_body>& upgrade) {
    socket_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    socket_.read_message_max(1024);  // clients have nothing to say
    beast::get_lowest_layer(socket_).expires_never();
    socket_.async_accept(upgrade, [self = shared_from_this()](error_code error) {
      if (error) return;
      {
        std::lock_guard lock(self->shared_->clients_mutex);
        self->shared_->clients[self->id_] = self;
      }
      self->welcomed_ = true;
      self->shared_->handlers.opened(self->id_, self->request_);
      self->read();
    });
  }

  void push(std::shared_ptr<const std::string> message) override {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this(), message = std::move(message)]() mutable {
      self->enqueue(std::move(message));
    });
  }

  void close() override {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      beast::get_lowest_layer(self->socket_).close();
    });
  }

 private:
  void read() {
    socket_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      self->buffer_.clear();
      self->read();
    });
  }

  void enqueue(std::shared_ptr<const std::string> message) {
    backlog_ += message->size();
    if (backlog_ > shared_->options.max_backlog) {
      ++shared_->closed_slow;
      beast::get_lowest_layer(socket_).close();
      return;
    }
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) write();
  }

  void write() {
    socket_.text(true);
    socket_.async_write(boost::asio::buffer(*queue_.front()), [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      self->backlog_ -= self->queue_.front()->size();
      self->queue_.pop_front();
      if (!self->queue_.empty()) self->write();
    });
  }

  std::shared_ptr<Shared> shared_;
  websocket::stream<beast::tcp_stream> socket_;
  Request request_;
  const ClientId id_;
  bool welcomed_ = false;
  beast::flat_buffer buffer_;
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::size_t backlog_ = 0;
};

// The target's path and query, decoded; false when it is no proper one or tries to climb.
bool read_target(std::string_view target, Request& request) {
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) return false;
  for (const auto& segment : url->segments()) {
    const std::string text(segment);
    if (text == ".." || text.find('\0') != std::string::npos || text.find('/') != std::string::npos) return false;
    request.path += "/" + text;
  }
  if (request.path.empty()) request.path = "/";
  for (const auto& parameter : url->params()) request.query[std::string(parameter.key)] = std::string(parameter.value);
  return true;
}

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::shared_ptr<Shared> shared, boost::asio::ip::tcp::socket socket)
      : shared_(std::move(shared)), stream_(std::move(socket)) {
    ++shared_->connections;
  }
  ~HttpConnection() { --shared_->connections; }

  void read() {
    parser_.emplace();
    parser_->body_limit(shared_->options.max_body);
    parser_->header_limit(shared_->options.max_headers);
    stream_.expires_after(kIdle);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      self->on_read(error);
    });
  }

 private:
  void on_read(error_code error) {
    if (error == http::error::body_limit) return refuse(413, "payload_too_large", "a body may have at most 1 MiB here");
    if (error == http::error::header_limit) return refuse(431, "headers_too_large", "headers may have at most 16 KiB here");
    if (error && error.category() != http::make_error_code(http::error::bad_method).category()) return close();  // the line, not the words
    if (error == http::error::end_of_stream) return close();
    if (error) return refuse(400, "invalid_input", "this is not a proper HTTP request: " + error.message());

    ++shared_->requests;
    const auto& message = parser_->get();
    Request request;
    request.method = std::string(message.method_string());
    if (!read_target({message.target().data(), message.target().size()}, request)) {
      return refuse(400, "invalid_input", "the address of this request is not a proper one");
    }
    request.cookie = std::string(message[http::field::cookie]);
    request.csrf = std::string(message["X-CSRF"]);
    request.content_type = std::string(message[http::field::content_type]);
    request.accept_encoding = std::string(message[http::field::accept_encoding]);
    error_code ignored;
    const auto peer = stream_.socket().remote_endpoint(ignored);
    request.peer = peer.address().to_string();
    request.from_loopback = peer.address().is_loopback();

    if (websocket::is_upgrade(message)) {
      if (auto refusal = shared_->handlers.knock(request)) return answer(std::move(*refusal));
      const auto upgrade = parser_->release();
      std::make_shared<WebSocketClient>(shared_, std::move(stream_), std::move(request))->accept(upgrade);
      return;
    }
    request.body = std::move(parser_->get().body());
    answer(shared_->handlers.request(request));
  }

  void refuse(unsigned status, const std::string& code, const std::string& message) {
    ++shared_->refused;
    closing_ = true;
    answer({status, "application/json", R"({"error":{"code":")" + code + R"(","message":")" + message + R"("}})", {}});
  }

  void answer(Response response) {
    const auto& message = parser_->get();
    auto reply = std::make_shared<http::response<http::string_body>>();
    reply->version(11);
    reply->result(response.status);
    reply->set(http::field::server, "beltwarden");
    reply->set(http::field::content_type, response.content_type);
    reply->set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) reply->insert(name, value);
    reply->keep_alive(!closing_ && message.keep_alive());
    const bool head = message.method() == http::verb::head;
    reply->body() = std::move(response.body);
    reply->prepare_payload();
    if (head) reply->body().clear();
    stream_.expires_after(kIdle);
    http::async_write(stream_, *reply, [self = shared_from_this(), reply](error_code error, std::size_t) {
      if (error || !reply->keep_alive()) return self->close();
      self->read();
    });
  }

  void close() {
    error_code ignored;
    stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  }

  std::shared_ptr<Shared> shared_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{1u << 21};
  std::optional<http::request_parser<http::string_body>> parser_;
  bool closing_ = false;
};

}  // namespace

void serve_connection(std::shared_ptr<Shared> shared, boost::asio::ip::tcp::socket socket) {
  error_code ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  std::make_shared<HttpConnection>(std::move(shared), std::move(socket))->read();
}

}  // namespace beltwarden::api
