#include "control/sessions.h"

#include "base/hash.h"
#include "control/passwords.h"

namespace beltwarden::control {
namespace {
const Duration kWriteEvery = seconds(60);
}

std::string SessionBook::digest(std::string_view token) { return to_hex(sha256(token)); }

void SessionBook::load(const std::vector<record::SessionRow>& rows, Time now) {
  for (const auto& row : rows) {
    if (alive(row, now)) sessions_[row.token_sha256] = row;
  }
}

std::pair<record::SessionRow, std::string> SessionBook::start(const UserId& user, Time now) {
  const std::string token = random_hex(32);
  return {{digest(token), user, random_hex(16), now, now, now + rules_.absolute}, token};
}

void SessionBook::add(record::SessionRow row) { sessions_[row.token_sha256] = std::move(row); }

bool SessionBook::alive(const record::SessionRow& row, Time now) const {
  return now < row.expires && now - row.seen < rules_.idle;
}

const record::SessionRow* SessionBook::find(std::string_view token, Time now) {
  const auto found = sessions_.find(digest(token));
  return found == sessions_.end() || !alive(found->second, now) ? nullptr : &found->second;
}

bool SessionBook::touch(std::string_view token, Time now) {
  const auto found = sessions_.find(digest(token));
  if (found == sessions_.end() || now - found->second.seen < kWriteEvery) return false;
  found->second.seen = now;
  return true;
}

void SessionBook::end(const std::string& token_sha256) { sessions_.erase(token_sha256); }

void SessionBook::end_of_user(const UserId& user) {
  std::erase_if(sessions_, [&](const auto& entry) { return entry.second.user == user; });
}

std::vector<std::string> SessionBook::take_expired(Time now) {
  std::vector<std::string> expired;
  std::erase_if(sessions_, [&](const auto& entry) {
    if (alive(entry.second, now)) return false;
    expired.push_back(entry.first);
    return true;
  });
  return expired;
}

}  // namespace beltwarden::control
