// What routes answer, for the OpenAPI page.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

namespace beltwarden::api {

/// "Alarm", "Lot", ... as JSON schemas: made of what to_json() writes of a view with everything in it and of an empty one,
/// so a field that is in both is required, and one that may be null says so.
boost::json::object answer_shapes();

/// The schema of what a route answers when all is well; nothing for what is no JSON.
std::optional<boost::json::object> answer_schema(const std::string& method, const std::string& pattern);

}  // namespace beltwarden::api
