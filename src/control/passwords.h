// Passwords: Argon2id, by libsodium.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace beltwarden::control {

/// What a password must be and what checking it costs.
struct PasswordRules {
  std::size_t min_length = 12;                      ///< bytes
  std::uint64_t operations = 2;                     ///< Argon2id passes: libsodium's "interactive"
  std::size_t memory_bytes = 64u << 20;
};

/// Fits the rules and is not the user's own name.
Result<void> check_password(std::string_view password, std::string_view user, const PasswordRules& rules);

/// libsodium's text form "$argon2id$...", with a fresh salt.
Result<std::string> hash_password(std::string_view password, const PasswordRules& rules);

/// Takes as long for a wrong password as for the right one.
bool password_fits(std::string_view password, const std::string& hash);

/// Random bytes from the system, as hexadecimal.
std::string random_hex(std::size_t bytes);

}  // namespace beltwarden::control
