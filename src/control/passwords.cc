#include "control/passwords.h"

#include <sodium.h>
#include <sys/resource.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace beltwarden::control {
namespace {

// A password is made to take long: it should not keep a belt waiting. Linux gives each thread a niceness of its own, and none may
// lower it again, so the work has a thread that ends with it.
void with_less_priority(const std::function<void()>& work) {
  constexpr int kNicer = 10;
  std::optional<std::thread> thread;
  try {
    thread.emplace([&] {
      (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + kNicer);   // of this thread alone; refused: as urgent as the rest
      work();
    });
  } catch (const std::system_error&) {
    return work();   // no thread to be had
  }
  thread->join();
}

}  // namespace

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
  int failed = 0;
  with_less_priority([&] { failed = crypto_pwhash_str(text, password.data(), password.size(), rules.operations, rules.memory_bytes); });
  if (failed != 0) {
    return unavailable("password: hashing needs " + std::to_string(rules.memory_bytes >> 20) + " MiB of memory");
  }
  return std::string(text);
}

bool password_fits(std::string_view password, const std::string& hash) {
  if (sodium_init() < 0 || hash.size() >= crypto_pwhash_STRBYTES) return false;
  int differs = -1;
  with_less_priority([&] { differs = crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()); });
  return differs == 0;
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
