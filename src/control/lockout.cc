#include "control/lockout.h"

#include <algorithm>

namespace beltwarden::control {
namespace {
const Duration kWindow = seconds(15 * 60);
constexpr double kFirstLockSeconds = 60, kLongestLockSeconds = 3600;
}  // namespace

void LockoutBook::failed(const std::string& user, Time at) {
  if (names_.size() >= kMaxNames && !names_.contains(user)) {
    // A flood of made-up names: forget those that are not locked, rather than grow.
    std::erase_if(names_, [&](const auto& entry) { return entry.second.locked_until <= at; });
    if (names_.size() >= kMaxNames) return;
  }
  Name& name = names_[user];
  name.failures.push_back(at);
  while (!name.failures.empty() && at - name.failures.front() > kWindow) name.failures.pop_front();
  if (name.failures.size() < kFailures) return;
  const double lock = std::min(kFirstLockSeconds * static_cast<double>(1u << std::min(name.lockouts, 10u)), kLongestLockSeconds);
  name.locked_until = at + seconds(lock);
  ++name.lockouts;
  name.failures.clear();
}

void LockoutBook::succeeded(const std::string& user) { names_.erase(user); }

std::optional<Time> LockoutBook::locked_until(const std::string& user, Time now) const {
  const auto found = names_.find(user);
  if (found == names_.end() || found->second.locked_until <= now) return std::nullopt;
  return found->second.locked_until;
}

}  // namespace beltwarden::control
