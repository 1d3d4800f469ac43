#include "control/roles.h"

#include <array>
#include <utility>

namespace beltwarden::control {
namespace {
constexpr std::array<std::pair<Role, std::string_view>, 5> kNames = {{{Role::kOfficer, "officer"},
                                                                      {Role::kSupervisor, "supervisor"},
                                                                      {Role::kTerminal, "terminal"},
                                                                      {Role::kConsignee, "consignee"},
                                                                      {Role::kAdmin, "admin"}}};
}  // namespace

std::string_view to_string(Role role) {
  for (const auto& [known, name] : kNames) {
    if (known == role) return name;
  }
  return "";
}

std::optional<Role> role_from(std::string_view text) {
  for (const auto& [role, name] : kNames) {
    if (name == text) return role;
  }
  return std::nullopt;
}

bool decides(Role role) { return role == Role::kOfficer || role == Role::kSupervisor; }

bool sees_inspection(Role role) { return decides(role) || role == Role::kAdmin; }

}  // namespace beltwarden::control
