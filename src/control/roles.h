// Who may do what.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace beltwarden::control {

enum class Role { kOfficer, kSupervisor, kTerminal, kConsignee, kAdmin };

std::string_view to_string(Role role);              ///< "officer", ...
std::optional<Role> role_from(std::string_view text);

/// Sees findings, alarms and audit, and decides about cargo: officer and supervisor.
bool decides(Role role);
/// Sees everything that officers see: officer, supervisor, admin.
bool sees_inspection(Role role);

/// Who asks. The API makes one from a session; apps make one for acts of the system itself.
struct Actor {
  UserId user;
  std::string name;
  Role role = Role::kOfficer;
  std::string consignee;                            ///< whose lots a consignee sees
};

}  // namespace beltwarden::control
