#pragma once

#include <string>
#include <vector>

#include "api/router.h"

namespace beltwarden::api {

/// The routes as OpenAPI 3.1, JSON text. Made from the router's own table, so it cannot differ from what is served.
std::string openapi_document(const std::vector<Route>& routes);

}  // namespace beltwarden::api
