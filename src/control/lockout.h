// Repeated failures lock a name for a while, longer each time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"

namespace beltwarden::control {

/// Five failures within 15 minutes lock a name for one minute; each lock-out after that doubles it, up to an hour. A
/// sign-in that succeeds forgives. Names need not exist: nobody learns from a lock-out which do.
class LockoutBook {
 public:
  static constexpr std::size_t kFailures = 5;
  static constexpr std::size_t kMaxNames = 10'000;

  void failed(const std::string& user, Time at);
  void succeeded(const std::string& user);
  /// Until when the name is locked, if it is.
  std::optional<Time> locked_until(const std::string& user, Time now) const;

 private:
  struct Name {
    std::deque<Time> failures;
    std::uint32_t lockouts = 0;
    Time locked_until;
  };
  std::map<std::string, Name> names_;
};

}  // namespace beltwarden::control
