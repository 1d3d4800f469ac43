#include "control/passwords.h"

#include <sodium.h>

#include <stdexcept>
#include <vector>

namespace beltwarden::control {

Result<void> check_password(std::string_view password, std::string_view user, const PasswordRules& rules) {
  if (password.size() < rules.min_length) {
    return invalid_input("password: expected at least " + std::to_string(rules.min_length) + " characters, found " +
                         std::to_string(password.size()));
  }
  if (password.size() > 1024) return invalid_input("password: expected at most 1024 characters");
  if (password == user) return invalid_input("password: expected something else than the user's name");
  return {};
}

Result<std::string> hash_password(std::string_view password, const PasswordRules& rules) {
  if (sodium_init() < 0) return unavailable("libsodium does not start");
  char text[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str(text, password.data(), password.size(), rules.operations, rules.memory_bytes) != 0) {
    return unavailable("password: hashing needs " + std::to_string(rules.memory_bytes >> 20) + " MiB of memory");
  }
  return std::string(text);
}

bool password_fits(std::string_view password, const std::string& hash) {
  if (sodium_init() < 0 || hash.size() >= crypto_pwhash_STRBYTES) return false;
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string random_hex(std::size_t bytes) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
  std::vector<unsigned char> raw(bytes);
  randombytes_buf(raw.data(), raw.size());
  std::string text(2 * bytes + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), raw.data(), raw.size());
  text.resize(2 * bytes);
  return text;
}

}  // namespace beltwarden::control
