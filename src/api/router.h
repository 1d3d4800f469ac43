// From method and path to a function, through the door of session, CSRF and role.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "base/result.h"
#include "control/control.h"

namespace beltwarden::api {

/// A request that may be answered: who asks, and the parts of the path that the route left open.
struct Call {
  const Request& request;
  control::Actor actor;                          ///< empty user where the route is open to anyone
  std::string csrf, token;
  std::vector<std::string> parts;                ///< in the order of the braces in the pattern
};

/// Who may call a route. Outside GET and HEAD every access but kAnyone also wants the session's CSRF word.
enum class Access { kAnyone, kSignedIn, kInspection, kDecides, kSupervises, kFeedsOrDecides, kAdmin, kLoopbackOrAdmin };

struct Route {
  std::string method, pattern;                   ///< "/api/v1/lots/{lot}"
  Access access = Access::kSignedIn;
  std::string summary;                           ///< for the OpenAPI page
  std::string body;                              ///< JSON text of an example body; empty: none
  std::function<Response(const Call&)> handle;
  unsigned success = 200;                        ///< for the OpenAPI page, as the next
  std::string csv = {};                          ///< an example of the body as text/csv; empty: JSON alone
};

class Router {
 public:
  explicit Router(control::Control& control) : control_(control) {}

  void add(Route route) { routes_.push_back(std::move(route)); }
  const std::vector<Route>& routes() const { return routes_; }

  /// Answers 401, 403, 404, 405 itself. HEAD is answered as GET is; the server leaves the body out.
  Response answer(const Request& request) const;

 private:
  control::Control& control_;
  std::vector<Route> routes_;
};

/// The session token of a Cookie header; empty when there is none.
std::string session_token(std::string_view cookie_header);
/// `secure`: for HTTPS alone.
std::string session_cookie(std::string_view token, bool ended, bool secure);

/// The page that opens a WebSocket is ours: a browser names the page's origin, and it must be the host that it asks.
/// What is no browser names none, and has no cookie that a page could misuse.
bool same_origin(const Request& request);

/// `{"error":{...}}` with the status that fits the code.
Response error_response(const Error& error);
Response error_response(unsigned status, std::string_view code, std::string_view message);

}  // namespace beltwarden::api
