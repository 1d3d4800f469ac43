// A request and its answer, free of any library's types.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace beltwarden::api {

struct Request {
  std::string method;                            ///< "GET", ...
  std::string path;                              ///< decoded, without the query: UTF-8 without control characters or ".."
  std::vector<std::string> segments;             ///< of the path, each decoded by itself: one may hold a '/'
  std::map<std::string, std::string> query;      ///< decoded; of a repeated name the last one counts
  std::string cookie, csrf, content_type, origin, host;
  bool https = false;                            ///< a proxy says that it was asked over TLS
  std::string body;                              ///< at most ServerOptions::max_body bytes
  std::string peer;                              ///< address, for the audit and lock-out
  bool from_loopback = false;

  /// A query value, or `fallback`.
  std::string value(const std::string& name, std::string fallback = {}) const {
    const auto it = query.find(name);
    return it == query.end() ? std::move(fallback) : it->second;
  }
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

}  // namespace beltwarden::api
