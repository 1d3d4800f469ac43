// Declarations as JSON, read field by field: every field that does not fit is named, not only the first.
#pragma once

#include <string_view>

#include "control/declarations.h"

namespace beltwarden::api {

/// One object or an array of at most 1,000.
control::ParsedDeclarations parse_declarations_json(std::string_view text);

}  // namespace beltwarden::api
