#include "apps/beltwarden/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

namespace beltwarden::app {
namespace {
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
constexpr auto kTimeout = std::chrono::seconds(30);
}  // namespace

struct HttpClient::Connection {
  std::uint16_t port = 0;
  boost::asio::io_context io;
  std::unique_ptr<boost::beast::tcp_stream> stream;
  boost::beast::flat_buffer buffer;
  std::string cookie, csrf;

  void run() {
    io.restart();
    io.run();
  }
};

HttpClient::HttpClient(std::uint16_t port) : connection_(std::make_unique<Connection>()) { connection_->port = port; }
HttpClient::~HttpClient() = default;

Result<HttpClient::Answer> HttpClient::post(const std::string& path, const boost::json::value& body) {
  return send("POST", path, "application/json", boost::json::serialize(body));
}

Result<HttpClient::Answer> HttpClient::send(const char* method, const std::string& path, const std::string& content_type,
                                            const std::string& body) {
  Connection& c = *connection_;
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(path);
  request.set(http::field::host, "127.0.0.1");
  if (!c.cookie.empty()) request.set(http::field::cookie, c.cookie);
  if (!content_type.empty()) {
    request.set(http::field::content_type, content_type);
    if (!c.csrf.empty()) request.set("X-CSRF", c.csrf);
    request.body() = body;
  }
  request.prepare_payload();

  // A kept-alive connection may have been closed by the server: once more on a new one.
  for (int attempt = 0;; ++attempt) {
    boost::system::error_code error;
    const bool fresh = !c.stream;
    if (fresh) {
      c.stream = std::make_unique<boost::beast::tcp_stream>(c.io);
      c.stream->expires_after(kTimeout);
      c.stream->connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), c.port), error);
      c.buffer.clear();
    }
    http::response_parser<http::string_body> parser;
    parser.body_limit(64u << 20);
    if (!error) {
      c.stream->expires_after(kTimeout);
      http::async_write(*c.stream, request, [&](boost::system::error_code e, std::size_t) {
        error = e;
        if (e) return;
        http::async_read(*c.stream, c.buffer, parser, [&](boost::system::error_code r, std::size_t) { error = r; });
      });
      c.run();
    }
    if (error) {
      c.stream.reset();
      if (fresh || attempt > 0) return unavailable("no answer from port " + std::to_string(c.port) + ": " + error.message());
      continue;
    }
    const auto& response = parser.get();
    if (const auto it = response.find(http::field::set_cookie); it != response.end()) {
      const std::string value(it->value());
      c.cookie = value.substr(0, value.find(';'));
    }
    if (!response.keep_alive()) c.stream.reset();
    Answer answer{response.result_int(), {}};
    if (!response.body().empty()) {
      boost::system::error_code bad;
      answer.body = boost::json::parse(response.body(), bad);
      if (bad) return invalid_input(path + " did not answer with JSON");
    }
    return answer;
  }
}

Result<void> HttpClient::sign_in(const std::string& user, const std::string& password) {
  auto answer = post("/api/v1/session", {{"user", user}, {"password", password}});
  if (!answer) return answer.error();
  const auto* object = answer->body.if_object();
  const auto* csrf = object ? object->if_contains("csrf") : nullptr;
  if (answer->status != 200 || !csrf || !csrf->is_string()) {
    return denied(user + " could not sign in (status " + std::to_string(answer->status) + ")");
  }
  connection_->csrf = csrf->as_string().c_str();
  return {};
}

}  // namespace beltwarden::app
