// The client that the other tests speak through.
#include "api/client_for_tests.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace beltwarden::api {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::asio::ip::tcp;
using boost::system::error_code;

tcp::endpoint loopback(std::uint16_t port) { return {boost::asio::ip::make_address("127.0.0.1"), port}; }

}  // namespace

std::string Answer::header(const std::string& name) const {
  const auto it = headers.find(name);
  return it == headers.end() ? "" : it->second;
}

boost::json::value Answer::at(const std::string& pointer) const {
  error_code error;
  const auto parsed = boost::json::parse(body, error);
  if (error) return nullptr;
  const auto* found = parsed.find_pointer(pointer, error);
  return found ? *found : boost::json::value(nullptr);
}

std::string Answer::text(const std::string& pointer) const {
  const auto found = at(pointer);
  return found.is_string() ? std::string(found.as_string()) : std::string();
}

struct Wire::State {
  boost::asio::io_context io;
  beast::tcp_stream stream{io};
  beast::flat_buffer buffer;

  template <class Start>
  error_code run(Start start) {
    error_code result;
    stream.expires_after(kPatience);
    start([&](error_code error, std::size_t) { result = error; });
    io.restart();
    io.run();
    return result;
  }
};

Wire::Wire(std::uint16_t port) : state_(std::make_unique<State>()) {
  error_code error;
  state_->stream.connect(loopback(port), error);
}
Wire::~Wire() = default;

void Wire::send(const std::string& bytes) {
  state_->run([&](auto done) { boost::asio::async_write(state_->stream, boost::asio::buffer(bytes), done); });
}

void Wire::end() {
  error_code error;
  state_->stream.socket().shutdown(tcp::socket::shutdown_send, error);
}

Answer Wire::read(bool to_head) {
  http::response_parser<http::string_body> parser;
  parser.body_limit(64u << 20);
  parser.skip(to_head);
  if (state_->run([&](auto done) { http::async_read(state_->stream, state_->buffer, parser, done); })) return {};
  Answer answer{parser.get().result_int(), parser.get().body(), {}};
  for (const auto& field : parser.get()) {
    std::string name(field.name_string());
    for (auto& c : name) c = static_cast<char>(::tolower(c));
    answer.headers[name] = std::string(field.value());
  }
  return answer;
}

bool Wire::ended() {
  char byte = 0;
  return state_->run([&](auto done) { state_->stream.async_read_some(boost::asio::buffer(&byte, 1), done); }) ==
         boost::asio::error::eof;
}

Answer HttpClient::send(const std::string& method, const std::string& target, const std::string& body,
                        const std::string& content_type) const {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\nConnection: close\r\n";
  if (!cookie.empty()) text += "Cookie: " + cookie + "\r\n";
  if (!csrf.empty()) text += "X-CSRF: " + csrf + "\r\n";
  text += extra;
  if (!body.empty()) text += "Content-Type: " + content_type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  Wire wire(port_);
  wire.send(text + "\r\n" + body);
  return wire.read(method == "HEAD");
}

Answer HttpClient::sign_in(const std::string& user, const std::string& password) {
  const auto answer = post("/api/v1/session", boost::json::serialize(boost::json::object{{"user", user}, {"password", password}}));
  const std::string set = answer.header("set-cookie");
  if (answer.status == 200) {
    cookie = set.substr(0, set.find(';'));
    csrf = answer.text("/csrf");
  }
  return answer;
}

struct StreamClient::State {
  explicit State(std::uint16_t p) : port(p) {}
  std::uint16_t port;
  boost::asio::io_context io;
  websocket::stream<beast::tcp_stream> socket{io};
  beast::flat_buffer buffer;
  error_code last;

  template <class Start>
  error_code run(Milliseconds patience, Start start) {
    last = {};
    beast::get_lowest_layer(socket).expires_after(patience);
    start([&](error_code error) { last = error; });
    io.restart();
    io.run();
    return last;
  }
};

StreamClient::StreamClient(std::uint16_t port) : state_(std::make_unique<State>(port)) {}
StreamClient::~StreamClient() = default;

unsigned StreamClient::open() {
  auto& socket = state_->socket;
  auto& tcp_socket = beast::get_lowest_layer(socket).socket();
  error_code error;
  tcp_socket.open(tcp::v4(), error);
  if (receive_buffer > 0) tcp_socket.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer), error);
  tcp_socket.connect(loopback(state_->port), error);
  if (error) return 0;
  socket.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    if (!cookie.empty()) request.set(http::field::cookie, cookie);
    if (!origin.empty()) request.set(http::field::origin, origin);
  }));
  websocket::response_type response;
  const std::string host = "127.0.0.1:" + std::to_string(state_->port);
  state_->run(kPatience, [&](auto done) { socket.async_handshake(response, host, path, done); });
  return response.result_int();
}

std::optional<boost::json::object> StreamClient::next(Milliseconds patience) {
  state_->buffer.clear();
  const auto error = state_->run(patience, [&](auto done) {
    state_->socket.async_read(state_->buffer, [done](error_code e, std::size_t) { done(e); });
  });
  if (error) return std::nullopt;
  return boost::json::parse(beast::buffers_to_string(state_->buffer.data())).as_object();
}

std::optional<boost::json::object> StreamClient::next_of(const std::string& type, Milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    auto message = next(left);
    if (!message) return std::nullopt;
    if (message->at("type").as_string() == type) return message;
    passed += std::string(message->at("type").as_string()) + " ";
  }
}

bool StreamClient::closes(Milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (!next(patience)) return state_->last != beast::error::timeout;
  }
  return false;
}

void StreamClient::say(const std::string& text) {
  state_->run(kPatience, [&](auto done) {
    state_->socket.async_write(boost::asio::buffer(text), [done](error_code e, std::size_t) { done(e); });
  });
}

}  // namespace beltwarden::api
