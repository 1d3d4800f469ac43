// What no database takes as text or number. Inside this module only.
#pragma once

#include <optional>
#include <string>

#include "record/intake.h"

namespace beltwarden::record {

/// Why the entry cannot be stored in columns, or nothing. One such entry must not hold up its batch for ever: it is
/// recorded as unreadable.
std::optional<std::string> not_storable(const IntakeEntry& entry);

}  // namespace beltwarden::record
