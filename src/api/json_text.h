// JSON as people read it too: numbers in their shortest form (62.1, not 6.21E1; 55.0, not 5.5E1).
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace beltwarden::api {

/// Compact JSON text. Every double reads back as itself; there must be no infinity or NaN in it (api/json.h: number()).
std::string json_text(const boost::json::value& value);

}  // namespace beltwarden::api
