// Accounts and sessions.
#include "control/state.h"

namespace beltwarden::control {
namespace {

// Failures of names that nobody has: so many a minute are worth an entry; a flood is only counted.
constexpr std::uint32_t kUnknownPerMinute = 20;

// Checking against this costs what checking a real password does. Made once a cost: it is the hash of nothing anyone knows.
Result<std::string> decoy(const PasswordRules& rules) { return hash_password(random_hex(16), rules); }

bool is_user_name(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text.find_first_not_of(
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@") == std::string::npos;
}

Result<void> check_account(const record::Account& account) {
  if (!is_user_name(account.user.str())) {
    return invalid_input("user: expected 1 to 64 letters, digits, '.', '_', '-' or '@'");
  }
  if (account.user.str() == "system") return invalid_input("user: \"system\" is Beltwarden itself");
  if (account.name.empty() || !is_clean_text(account.name, 120)) return invalid_input("name: expected 1 to 120 bytes of text");
  const auto role = role_from(account.role);
  if (!role) return invalid_input("role: expected officer, supervisor, terminal, consignee or admin, found \"" + account.role + "\"");
  if (!is_clean_text(account.consignee, 120)) return invalid_input("consignee: expected at most 120 bytes of text");
  if ((*role == Role::kConsignee) != !account.consignee.empty()) {
    return invalid_input("consignee: expected a consignee's name for the role consignee, and none for any other");
  }
  return {};
}

Actor actor_of(const record::Account& account) {
  return {account.user, account.name, role_from(account.role).value_or(Role::kConsignee), account.consignee};
}

}  // namespace

Result<SignIn> Control::sign_in(const std::string& user, const std::string& password, const std::string& origin) {
  const UserId id{user};
  std::string hash;
  bool known = false;
  {
    std::lock_guard lock(state_->mutex);
    const Time now = state_->clock.now();
    if (const auto until = state_->lockouts.locked_until(user, now)) {
      return SignIn{SignIn::Outcome::kLocked, std::nullopt, *until - now};
    }
    const auto account = state_->accounts.find(id);
    known = account != state_->accounts.end() && !account->second.disabled;
    if (known) hash = account->second.password_hash;
  }
  bool fits = false;
  if (password.size() <= 1024) {
    std::lock_guard one_at_a_time(state_->password_mutex);
    if (!known) {
      // As slow as for those who exist.
      auto made = decoy(state_->options.passwords);
      if (!made) return made.error();
    } else {
      fits = password_fits(password, hash);
    }
  }

  std::vector<Change> changes;
  auto done = [&]() -> Result<SignIn> {
    std::lock_guard lock(state_->mutex);
    const Time now = state_->clock.now();
    const std::string from = is_clean_text(origin, 100) ? origin : "";
    const auto account = state_->accounts.find(id);
    if (!fits || account == state_->accounts.end() || account->second.disabled || account->second.password_hash != hash) {
      const bool exists = account != state_->accounts.end();
      if (!exists) {
        if (now - state_->unknown_window > seconds(60)) {
          state_->unknown_window = now;
          state_->unknown_failures = 0;
        }
        if (!is_user_name(user) || ++state_->unknown_failures > kUnknownPerMinute) {
          state_->lockouts.failed(user.substr(0, 64), now);
          return SignIn{};
        }
      }
      auto acted = state_->act({now, UserId{exists ? user : "unknown"}, "sign_in_failed", user,
                                Fields().set("origin", from).encode()}, changes);
      if (!acted) return acted.error();
      return SignIn{};
    }
    auto [row, token] = state_->sessions.start(id, now);
    record::Record::Acts acts;
    acts.sessions = {row};
    acts.events = {{now, id, "signed_in", user, Fields().set("origin", from).encode()}};
    if (auto acted = state_->act(acts, changes); !acted) return acted.error();
    return SignIn{SignIn::Outcome::kSignedIn, SignedIn{token, row.csrf, actor_of(account->second), row.expires}, {}};
  }();
  state_->tell(changes);
  return done;
}

Result<Control::SessionView> Control::session(const std::string& token) {
  std::lock_guard lock(state_->mutex);
  const Time now = state_->clock.now();
  const auto* row = state_->sessions.find(token, now);
  if (!row) return denied("nobody is signed in");
  const auto account = state_->accounts.find(row->user);
  if (account == state_->accounts.end() || account->second.disabled) return denied("nobody is signed in");
  if (state_->sessions.touch(token, now)) {
    // Not worth refusing the request: at worst the session idles out early after a restart.
    record::Record::Acts used;
    used.used_sessions = {*row};
    auto written = state_->record.append(used);
    if (!written) state_->log.warn_once("session", "session not written: " + written.error().message);
  }
  return SessionView{actor_of(account->second), row->csrf, row->expires};
}

std::optional<Actor> Control::signed_in(const std::string& token) const {
  std::lock_guard lock(state_->mutex);
  const auto* row = state_->sessions.find(token, state_->clock.now());
  if (!row) return std::nullopt;
  const auto account = state_->accounts.find(row->user);
  if (account == state_->accounts.end() || account->second.disabled) return std::nullopt;
  return actor_of(account->second);
}

Result<void> Control::sign_out(const std::string& token) {
  std::vector<Change> changes;
  auto done = [&]() -> Result<void> {
    std::lock_guard lock(state_->mutex);
    const auto* row = state_->sessions.find(token, state_->clock.now());
    if (!row) return {};
    record::Record::Acts acts;
    acts.events = {{state_->clock.now(), row->user, "signed_out", row->user.str(), ""}};
    acts.ended_sessions = {row->token_sha256};
    return state_->act(acts, changes);
  }();
  state_->tell(changes);
  return done;
}

Result<UserView> Control::add_user(const Actor& actor, const UserChange& user) {
  if (actor.role != Role::kAdmin) return may_not(actor, "add users");
  record::Account account;
  account.user = UserId{user.user};
  account.name = user.name.value_or("");
  account.role = user.role.value_or("");
  account.consignee = user.consignee.value_or("");
  if (auto good = check_account(account); !good) return good.error();
  if (auto good = check_password(user.password.value_or(""), user.user, state_->options.passwords); !good) return good.error();
  {
    std::lock_guard one_at_a_time(state_->password_mutex);
    auto hash = hash_password(*user.password, state_->options.passwords);
    if (!hash) return hash.error();
    account.password_hash = std::move(*hash);
  }
  std::vector<Change> changes;
  auto done = [&]() -> Result<UserView> {
    std::lock_guard lock(state_->mutex);
    if (state_->accounts.contains(account.user)) return conflict("user " + user.user + " exists already");
    account.created = account.changed = state_->clock.now();
    Fields fields;
    fields.set("name", account.name).set("role", account.role).set("consignee", account.consignee);
    record::Record::Acts acts;
    acts.events = {state_->event(actor, "user_added", user.user, fields)};
    acts.accounts = {account};
    if (auto acted = state_->act(acts, changes); !acted) return acted.error();
    return state_->view(account);
  }();
  state_->tell(changes);
  return done;
}

Result<UserView> Control::change_user(const Actor& actor, const UserChange& change) {
  if (actor.role != Role::kAdmin) return may_not(actor, "change users");
  std::optional<std::string> hash;
  if (change.password) {
    if (auto good = check_password(*change.password, change.user, state_->options.passwords); !good) return good.error();
    std::lock_guard one_at_a_time(state_->password_mutex);
    auto made = hash_password(*change.password, state_->options.passwords);
    if (!made) return made.error();
    hash = std::move(*made);
  }
  std::vector<Change> changes;
  auto done = [&]() -> Result<UserView> {
    std::lock_guard lock(state_->mutex);
    const auto known = state_->accounts.find(UserId{change.user});
    if (known == state_->accounts.end()) return not_found("no user " + change.user);
    record::Account account = known->second;
    Fields fields;
    if (change.name) fields.set("name", account.name = *change.name);
    if (change.role) fields.set("role", account.role = *change.role);
    if (change.consignee) fields.set("consignee", account.consignee = *change.consignee);
    if (change.disabled) fields.set("disabled", account.disabled = *change.disabled);
    if (hash) {
      account.password_hash = *hash;
      fields.set("password", "changed");
    }
    if (auto good = check_account(account); !good) return good.error();
    if (account.user == actor.user && (account.disabled || account.role != known->second.role)) {
      return conflict("an admin does not disable or demote the own account: another admin can");
    }
    account.changed = state_->clock.now();
    record::Record::Acts acts;
    acts.events = {state_->event(actor, "user_changed", change.user, fields)};
    acts.accounts = {account};
    // Whoever is signed in with the old rights signs in again.
    if (change.role || change.consignee || change.disabled || hash) acts.signed_out_users = {account.user};
    if (auto acted = state_->act(acts, changes); !acted) return acted.error();
    return state_->view(account);
  }();
  state_->tell(changes);
  return done;
}

Result<std::vector<UserView>> Control::users(const Actor& actor) const {
  if (actor.role != Role::kAdmin) return may_not(actor, "see users");
  std::lock_guard lock(state_->mutex);
  std::vector<UserView> views;
  for (const auto& [id, account] : state_->accounts) views.push_back(state_->view(account));
  return views;
}

}  // namespace beltwarden::control
