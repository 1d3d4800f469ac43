// What each address does. One function a group of routes; each adds its own to the router.
#pragma once

#include <atomic>
#include <functional>

#include "api/api.h"
#include "api/router.h"

namespace beltwarden::api {

/// What the routes work on.
struct Desk {
  const ApiOptions& options;
  control::Control& control;
  record::Record& record;
  const Clock& clock;
  std::function<void(const std::string& token)> signed_out;   ///< closes the pushes of a session that ended
  std::atomic<int> signing_in{0};                ///< how many are at this moment
};

void add_session_routes(Router& router, Desk& desk);
void add_line_routes(Router& router, Desk& desk);
void add_alarm_routes(Router& router, Desk& desk);
void add_lot_routes(Router& router, Desk& desk);
void add_declaration_routes(Router& router, Desk& desk);
void add_admin_routes(Router& router, Desk& desk);

}  // namespace beltwarden::api
