// A small client of our own API, for commands and the demo's scripted people. Loopback only.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace beltwarden::app {

/// One signed-in user on one kept-alive connection. Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port);
  ~HttpClient();

  struct Answer {
    unsigned status = 0;
    boost::json::value body;
  };
  /// kUnavailable when nobody answers; a status of 400 or more is an answer, not an error.
  Result<Answer> get(const std::string& path) { return send("GET", path, "", ""); }
  Result<Answer> post(const std::string& path, const boost::json::value& body);
  Result<Answer> post(const std::string& path, const std::string& content_type, const std::string& body) {
    return send("POST", path, content_type, body);
  }

  Result<void> sign_in(const std::string& user, const std::string& password);

 private:
  Result<Answer> send(const char* method, const std::string& path, const std::string& content_type, const std::string& body);
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace beltwarden::app
