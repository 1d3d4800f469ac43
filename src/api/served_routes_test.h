// Every route that a server says it serves, from its own OpenAPI page, which is made of the router's list.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cctype>
#include <sstream>
#include <string>
#include <vector>

#include "api/client_for_tests.h"

namespace beltwarden::api {

struct ServedRoute {
  std::string method, path;                         ///< "POST", "/api/v1/lots/{lot}/end"
  std::string who;                                  ///< "officer or supervisor"
  bool has_body = false;
};

inline std::vector<ServedRoute> served_routes(const HttpClient& client) {
  std::vector<ServedRoute> routes;
  const auto paths = client.get("/api/v1/openapi.json").at("/paths");
  EXPECT_TRUE(paths.is_object());
  if (!paths.is_object()) return routes;
  for (const auto& [path, methods] : paths.as_object()) {
    for (const auto& [method, operation] : methods.as_object()) {
      std::string upper(method);
      for (auto& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      routes.push_back({upper, std::string(path), std::string(operation.at("description").as_string()).substr(5),
                        operation.as_object().contains("requestBody")});
    }
  }
  return routes;
}

/// Whether an address is one of a pattern with parts in braces.
inline bool fits(const std::string& address, const std::string& pattern) {
  std::istringstream in(address.substr(0, address.find('?'))), wanted(pattern);
  for (std::string part, open;;) {
    const bool more = static_cast<bool>(std::getline(in, part, '/')), expected = static_cast<bool>(std::getline(wanted, open, '/'));
    if (!more || !expected) return more == expected;
    if (part != open && !(open.starts_with('{') && open.ends_with('}'))) return false;
  }
}

}  // namespace beltwarden::api
