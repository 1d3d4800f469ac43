// Signing in and staying signed in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "control/roles.h"
#include "record/rows.h"

namespace beltwarden::control {

struct SessionRules {
  Duration idle = seconds(30 * 60);
  Duration absolute = seconds(12 * 3600);           ///< one shift and its handover
};

/// What a sign-in gives: the token goes into a cookie and is kept nowhere else.
struct SignedIn {
  std::string token, csrf;
  Actor actor;
  Time expires;
};

struct SignIn {
  enum class Outcome { kSignedIn, kRefused, kLocked };
  Outcome outcome = Outcome::kRefused;
  std::optional<SignedIn> session;
  Duration retry_after{0};                          ///< when locked
};

/// Live sessions by the digest of their token. Not thread-safe; Control's lock guards it.
class SessionBook {
 public:
  explicit SessionBook(SessionRules rules) : rules_(rules) {}

  void load(const std::vector<record::SessionRow>& rows, Time now);
  /// A new session with fresh random token and CSRF word.
  std::pair<record::SessionRow, std::string> start(const UserId& user, Time now);
  void add(record::SessionRow row);

  /// The session of a token, when it has neither idled out nor ended.
  const record::SessionRow* find(std::string_view token, Time now);
  /// Marks it used. True when that should be written down (at most once a minute).
  bool touch(std::string_view token, Time now);

  void end(const std::string& token_sha256);
  void end_of_user(const UserId& user);
  std::vector<std::string> take_expired(Time now);
  static std::string digest(std::string_view token);

 private:
  bool alive(const record::SessionRow& row, Time now) const;
  SessionRules rules_;
  std::map<std::string, record::SessionRow> sessions_;
};

}  // namespace beltwarden::control
