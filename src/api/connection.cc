// One TCP connection: HTTP requests, and perhaps a WebSocket in the end.
#include <array>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/url/parse.hpp>
#include <chrono>
#include <optional>

#include "api/server_state.h"
#include "api/utf8.h"

namespace beltwarden::api {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr auto kIdle = std::chrono::seconds(60);
constexpr auto kLinger = std::chrono::seconds(2);
constexpr std::size_t kMaxLingerBytes = 8u << 20;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// The target's path and query, decoded; false when it is no proper one or tries to climb.
bool read_target(std::string_view target, Request& request) {
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) return false;
  for (const auto& segment : url->segments()) {
    request.segments.emplace_back(segment);
    request.path += "/" + request.segments.back();
  }
  if (request.path.empty()) request.path = "/";
  if (!is_plain_text(request.path)) return false;
  if ((request.path + "/").find("/../") != std::string::npos) return false;
  for (const auto& parameter : url->params()) {
    std::string name(parameter.key), value(parameter.value);
    if (!is_plain_text(name) || !is_plain_text(value)) return false;
    request.query[std::move(name)] = std::move(value);
  }
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
    http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->unreadable(error);
      if (!self->parser_->is_done() && beast::iequals(self->parser_->get()[http::field::expect], "100-continue")) {
        return self->ask_for_body();
      }
      self->read_body();
    });
  }

 private:
  void ask_for_body() {
    boost::asio::async_write(stream_, boost::asio::buffer(kContinue), [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->read_body();
    });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->unreadable(error);
      self->handle();
    });
  }

  void unreadable(error_code error) {
    const auto& options = shared_->options;
    if (error == http::error::body_limit) {
      return refuse(413, "payload_too_large", "a body may have at most " + std::to_string(options.max_body) + " bytes");
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return refuse(431, "headers_too_large", "headers may have at most " + std::to_string(options.max_headers) + " bytes");
    }
    // Anything but a parser's complaint is the network's: nobody is there to be told.
    if (error == http::error::end_of_stream || error.category() != make_error_code(http::error::bad_method).category()) {
      return close();
    }
    refuse(400, "invalid_input", "this is not a proper HTTP request: " + error.message());
  }

  void handle() {
    ++shared_->requests;
    const auto& message = parser_->get();
    const auto header = [&](auto name) { return std::string(message[name]); };
    Request request;
    request.method = std::string(message.method_string());
    if (!read_target({message.target().data(), message.target().size()}, request)) {
      return refuse(400, "invalid_input", "the address of this request is not a proper one");
    }
    request.cookie = header(http::field::cookie);
    request.csrf = header("X-CSRF");
    request.content_type = header(http::field::content_type);
    request.origin = header(http::field::origin);
    request.host = header(http::field::host);
    request.https = beast::iequals(message["X-Forwarded-Proto"], "https");
    error_code gone;
    const auto peer = stream_.socket().remote_endpoint(gone);
    if (gone) return;
    request.peer = peer.address().to_string();
    request.from_loopback = peer.address().is_loopback();

    if (beast::websocket::is_upgrade(message)) {
      auto refusal = guarded(request, [&]() { return shared_->handlers.knock(request); });
      if (refusal) return answer(std::move(*refusal));
      return serve_websocket(shared_, std::move(stream_), parser_->release(), std::move(request));
    }
    request.body = std::move(parser_->get().body());
    auto response = guarded(request, [&]() -> std::optional<Response> { return shared_->handlers.request(request); });
    answer(std::move(*response));
  }

  template <class Ask>
  std::optional<Response> guarded(const Request& request, Ask ask) {
    try {
      return ask();
    } catch (const std::exception& failure) {
      shared_->log.error(request.method + " " + request.path + " failed: " + failure.what());
    } catch (...) {
      shared_->log.error(request.method + " " + request.path + " failed for a reason that has no words");
    }
    ++shared_->failed;
    return error(500, "internal", "this went wrong at our side; the server's log tells how");
  }

  static Response error(unsigned status, const std::string& code, const std::string& message) {
    return {status, "application/json", R"({"error":{"code":")" + code + R"(","message":")" + message + R"("}})",
            {{"Cache-Control", "no-store"}}};
  }

  void refuse(unsigned status, const std::string& code, const std::string& message) {
    ++shared_->refused;
    closing_ = true;
    answer(error(status, code, message));
  }

  void answer(Response response) {
    const auto& message = parser_->get();
    auto reply = std::make_shared<http::response<http::string_body>>();
    reply->version(11);
    reply->result(response.status);
    reply->set(http::field::server, "beltwarden");
    reply->set(http::field::content_type, is_plain_text(response.content_type) ? response.content_type : "application/octet-stream");
    reply->set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) reply->insert(name, value);
    reply->keep_alive(!closing_ && message.keep_alive());
    reply->body() = std::move(response.body);
    reply->prepare_payload();
    if (message.method() == http::verb::head) reply->body().clear();  // the length stays: it is what GET would answer
    stream_.expires_after(kIdle);
    http::async_write(stream_, *reply, [self = shared_from_this(), reply](error_code error, std::size_t) {
      if (error) return;
      if (!reply->keep_alive()) return self->close();
      self->read();
    });
  }

  // Says that no more comes and reads on for a moment: to close over unread bytes would make the client's system throw our
  // answer away before it is read (RFC 9112, 9.6).
  void close() {
    error_code ignored;
    stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    buffer_.clear();
    linger();
  }

  void linger() {
    stream_.async_read_some(boost::asio::buffer(rest_), [self = shared_from_this()](error_code error, std::size_t bytes) {
      self->lingered_ += bytes;
      if (!error && self->lingered_ < kMaxLingerBytes) self->linger();
    });
  }

  std::shared_ptr<Shared> shared_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{1u << 21};
  std::optional<http::request_parser<http::string_body>> parser_;
  bool closing_ = false;
  std::array<char, 4096> rest_;
  std::size_t lingered_ = 0;
};

}  // namespace

void serve_connection(std::shared_ptr<Shared> shared, boost::asio::ip::tcp::socket socket) {
  error_code ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  std::make_shared<HttpConnection>(std::move(shared), std::move(socket))->read();
}

}  // namespace beltwarden::api
