// A small real client: HTTP and WebSocket over loopback, blocking, with a deadline on every wait. client_test.cc.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace beltwarden::api {

using Milliseconds = std::chrono::milliseconds;
constexpr Milliseconds kPatience{20'000};           // of a machine that does much else

struct Answer {
  unsigned status = 0;                              ///< 0: the connection broke
  std::string body;
  std::map<std::string, std::string> headers;       ///< names in lower case

  std::string header(const std::string& name) const;
  /// What lies at a JSON pointer of the body ("" = all of it); null when there is nothing or the body is no JSON.
  boost::json::value at(const std::string& pointer) const;
  /// The text at a JSON pointer; empty when there is none.
  std::string text(const std::string& pointer) const;
  std::string code() const { return text("/error/code"); }
  std::string message() const { return text("/error/message"); }
};

/// One connection that sends what it is told, byte by byte if need be.
class Wire {
 public:
  explicit Wire(std::uint16_t port);
  ~Wire();

  void send(const std::string& bytes);
  void end();                                       ///< says that no more comes
  /// The next answer. `to_head`: to a HEAD request, hence without a body.
  Answer read(bool to_head = false);
  /// True when the other side has said its last.
  bool ended();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A browser's worth of a client: keeps cookie and CSRF word; a connection a request.
class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : port_(port) {}

  Answer send(const std::string& method, const std::string& target, const std::string& body = "",
              const std::string& content_type = "application/json") const;
  Answer get(const std::string& target) const { return send("GET", target); }
  Answer post(const std::string& target, const std::string& body = "{}") const { return send("POST", target, body); }
  Answer sign_in(const std::string& user, const std::string& password);

  std::string cookie, csrf;
  std::string extra;                                ///< further header lines, each with its CRLF

 private:
  std::uint16_t port_;
};

/// A page's push connection.
class StreamClient {
 public:
  explicit StreamClient(std::uint16_t port);
  ~StreamClient();

  std::string cookie, origin;
  std::string path = "/api/v1/stream";
  int receive_buffer = 0;                           ///< bytes; 0: the system's choice

  /// The status of the handshake: 101 when it is open.
  unsigned open();
  /// The next message; nothing when none came in time or the connection is closed.
  std::optional<boost::json::object> next(Milliseconds patience = kPatience);
  /// The next message of a type; the types of those before it are noted in `passed`.
  std::optional<boost::json::object> next_of(const std::string& type, Milliseconds patience = kPatience);
  /// True when the server closes it in time.
  bool closes(Milliseconds patience = kPatience);
  void say(const std::string& text);

  std::string passed;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::api
