// The chain of acts, accounts and sessions.
#include <algorithm>

#include "record/state.h"

namespace beltwarden::record {
namespace {

using Number = long long;

/// Binds the columns of the event table.
struct EventColumns {
  Number number = 0, time = 0;
  std::string who, act, subject, payload, previous, hash;

  static constexpr const char* kSelect = "SELECT number, time, who, act, subject, payload, previous_hash, hash FROM event ";

  void bind(soci::statement& select) {
    using soci::into;
    select.exchange(into(number)), select.exchange(into(time)), select.exchange(into(who)), select.exchange(into(act));
    select.exchange(into(subject)), select.exchange(into(payload)), select.exchange(into(previous));
    select.exchange(into(hash));
  }

  Event event() const {
    Event result;
    result.number = number;
    result.what = {Time{time}, UserId{who}, act, subject, payload};
    // What is no digest stays zero and fails the chain.
    if (auto digest = sha256_from_hex(previous)) result.previous_hash = *digest;
    if (auto digest = sha256_from_hex(hash)) result.hash = *digest;
    return result;
  }
};

std::vector<Event> select_events(soci::session& sql, const std::string& rest, Number bound, Number limit) {
  EventColumns columns;
  soci::statement select(sql);
  columns.bind(select);
  select.exchange(soci::use(bound, "bound"));
  select.exchange(soci::use(limit, "limit"));
  select.alloc();
  select.prepare(EventColumns::kSelect + rest);
  select.define_and_bind();
  select.execute();
  std::vector<Event> events;
  while (select.fetch()) events.push_back(columns.event());
  return events;
}

void insert_event(soci::session& sql, const Event& event) {
  const Number number = event.number, time = event.what.time.ns;
  const std::string who = event.what.user.str(), previous = to_hex(event.previous_hash), hash = to_hex(event.hash);
  sql << "INSERT INTO event (number, time, who, act, subject, payload, previous_hash, hash) VALUES (:number, :time, :who,"
         " :act, :subject, :payload, :previous, :hash)",
      soci::use(number), soci::use(time), soci::use(who), soci::use(event.what.act), soci::use(event.what.subject),
      soci::use(event.what.payload), soci::use(previous), soci::use(hash);
}

void put_account(soci::session& sql, const Account& account) {
  const std::string who = account.user.str();
  const int disabled = account.disabled;
  const Number created = account.created.ns, changed = account.changed.ns;
  sql << "INSERT INTO account (who, name, role, consignee, password_hash, disabled, created, changed) VALUES (:who, :name,"
         " :role, :consignee, :hash, :disabled, :created, :changed) ON CONFLICT (who) DO UPDATE SET name = excluded.name,"
         " role = excluded.role, consignee = excluded.consignee, password_hash = excluded.password_hash,"
         " disabled = excluded.disabled, changed = excluded.changed",
      soci::use(who), soci::use(account.name), soci::use(account.role), soci::use(account.consignee),
      soci::use(account.password_hash), soci::use(disabled), soci::use(created), soci::use(changed);
}

void put_session(soci::session& sql, const SessionRow& row) {
  const std::string who = row.user.str();
  const Number created = row.created.ns, seen = row.seen.ns, expires = row.expires.ns;
  sql << "INSERT INTO signed_in (token_sha256, who, csrf, created, seen, expires) VALUES (:token, :who, :csrf, :created,"
         " :seen, :expires)",
      soci::use(row.token_sha256), soci::use(who), soci::use(row.csrf), soci::use(created), soci::use(seen),
      soci::use(expires);
}

}  // namespace

Result<std::vector<Event>> Record::append(const Acts& acts) {
  return state_->writer.write("writing down an act", [&](soci::session& sql) {
    std::vector<Event> events;
    if (!acts.events.empty()) {
      // Another process (a command line beside the center) may have written since: the end is read, not remembered.
      if (state_->writer.backend() == Backend::kPostgresql) sql << "LOCK TABLE event IN EXCLUSIVE MODE";
      Event last;
      const auto newest = select_events(sql, "WHERE number > :bound ORDER BY number DESC LIMIT :limit", 0, 1);
      if (!newest.empty()) last = newest.front();
      for (const auto& what : acts.events) {
        Event event{last.number + 1, what, last.hash, {}};
        event.hash = event_hash(event);
        insert_event(sql, event);
        events.push_back(event);
        last = std::move(event);
      }
    }
    for (const auto& account : acts.accounts) put_account(sql, account);
    for (const auto& row : acts.sessions) put_session(sql, row);
    for (const auto& row : acts.used_sessions) {
      const Number seen = row.seen.ns;
      sql << "UPDATE signed_in SET seen = :seen WHERE token_sha256 = :token", soci::use(seen), soci::use(row.token_sha256);
    }
    for (const auto& user : acts.signed_out_users) {
      const std::string who = user.str();
      sql << "DELETE FROM signed_in WHERE who = :who", soci::use(who);
    }
    for (const auto& token : acts.ended_sessions) {
      sql << "DELETE FROM signed_in WHERE token_sha256 = :token", soci::use(token);
    }
    return events;
  });
}

Result<std::vector<Event>> Record::events_after(std::int64_t number, std::uint32_t limit) const {
  return state_->reader.read("reading events", [&](soci::session& sql) {
    return select_events(sql, "WHERE number > :bound ORDER BY number LIMIT :limit", number, limit);
  });
}

Result<std::vector<Event>> Record::events_before(std::int64_t number, std::uint32_t limit) const {
  return state_->reader.read("reading events", [&](soci::session& sql) {
    const Number bound = number > 0 ? number : std::numeric_limits<Number>::max();
    return select_events(sql, "WHERE number < :bound ORDER BY number DESC LIMIT :limit", bound, limit);
  });
}

Result<ChainReport> Record::verify_events() const {
  ChainWalk walk;
  for (;;) {
    auto report = verify_some(walk);
    if (!report || !report->whole || walk.done) return report;
  }
}

Result<ChainReport> Record::verify_some(ChainWalk& walk) const {
  constexpr std::uint32_t kPage = 1000;
  ChainReport& report = walk.report;
  const auto bad = [&](std::int64_t number, std::string message) {
    report.whole = false;
    report.first_bad = number;
    report.message = std::move(message);
  };
  auto page = events_after(walk.after, kPage);
  if (!page) return page.error();
  for (const auto& event : *page) {
    const auto expected = static_cast<std::int64_t>(report.entries) + 1;
    if (event.number != expected) {
      bad(expected, "entry " + std::to_string(expected) + " is missing: the next one found is " + std::to_string(event.number));
    } else if (event.previous_hash != report.head) {
      bad(event.number, "entry " + std::to_string(event.number) + " does not follow the one before it: it names " +
                            to_hex(event.previous_hash) + ", expected " + to_hex(report.head));
    } else if (event_hash(event) != event.hash) {
      bad(event.number, "entry " + std::to_string(event.number) + " was changed: its contents give " +
                            to_hex(event_hash(event)) + ", its hash says " + to_hex(event.hash));
    }
    if (!report.whole) return report;
    report.head = event.hash;
    report.entries = expected;
    walk.after = event.number;
  }
  walk.done = page->size() < kPage;
  return report;
}

Result<std::vector<Account>> Record::accounts() const {
  return state_->reader.read("reading accounts", [&](soci::session& sql) {
    std::string who, name, role, consignee, hash;
    int disabled = 0;
    Number created = 0, changed = 0;
    soci::statement select =
        (sql.prepare << "SELECT who, name, role, consignee, password_hash, disabled, created, changed FROM account"
                        " ORDER BY who",
         soci::into(who), soci::into(name), soci::into(role), soci::into(consignee), soci::into(hash),
         soci::into(disabled), soci::into(created), soci::into(changed));
    select.execute();
    std::vector<Account> accounts;
    while (select.fetch()) {
      accounts.push_back({UserId{who}, name, role, consignee, hash, disabled != 0, Time{created}, Time{changed}});
    }
    return accounts;
  });
}

Result<std::vector<SessionRow>> Record::sessions() const {
  return state_->reader.read("reading sessions", [&](soci::session& sql) {
    std::string token, who, csrf;
    Number created = 0, seen = 0, expires = 0;
    soci::statement select = (sql.prepare << "SELECT token_sha256, who, csrf, created, seen, expires FROM signed_in ORDER BY token_sha256",
                              soci::into(token), soci::into(who), soci::into(csrf), soci::into(created), soci::into(seen),
                              soci::into(expires));
    select.execute();
    std::vector<SessionRow> rows;
    while (select.fetch()) rows.push_back({token, UserId{who}, csrf, Time{created}, Time{seen}, Time{expires}});
    return rows;
  });
}

}  // namespace beltwarden::record
