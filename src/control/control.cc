// Opening, folding, writing down and telling.
#include "control/control.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "control/state.h"

namespace beltwarden::control {
namespace {
constexpr std::uint32_t kPage = 1000;
// Fields of a changed account that a session rests on.
constexpr const char* kRights[] = {"role", "consignee", "disabled", "password"};
}

Control::State::State(ControlOptions o, record::Record& r, const Clock& c, Log& l)
    : options(std::move(o)),
      record(r),
      clock(c),
      log(l),
      alarms(AlarmRules{options.alarm_merge, options.case_slack}),
      sessions(options.sessions) {
  for (const auto& line : options.lines) live.emplace(line.line, LineLive(line.belt_end_m));
}

Control::Control(std::unique_ptr<State> state) : state_(std::move(state)) {}
Control::~Control() = default;

Result<std::unique_ptr<Control>> Control::open(ControlOptions options, record::Record& record, const Clock& clock,
                                               Log& log) {
  auto state = std::make_unique<State>(std::move(options), record, clock, log);
  auto chain = record.verify_events();
  if (!chain) return chain.error();
  state->chain_whole = chain->whole;
  state->chain_checked = clock.now();
  if (!chain->whole) log.error("audit trail: " + chain->message);

  auto accounts = record.accounts();
  if (!accounts) return accounts.error();
  for (auto& account : *accounts) state->accounts[account.user] = account;
  std::vector<Change> nobody_listens;
  {
    std::lock_guard lock(state->mutex);
    if (auto folded = state->catch_up(std::numeric_limits<std::int64_t>::max(), nobody_listens); !folded) {
      return folded.error();
    }
    if (auto loaded = state->load_views(); !loaded) return loaded.error();
    // After the fold, which ends sessions: those that the record still has began after what ended the others.
    auto sessions = record.sessions();
    if (!sessions) return sessions.error();
    state->sessions.load(*sessions, clock.now());
  }
  return std::unique_ptr<Control>(new Control(std::move(state)));
}

record::NewEvent Control::State::event(const Actor& actor, const char* act, const std::string& subject,
                                       const Fields& fields) const {
  return {clock.now(), actor.user, act, subject, fields.encode()};
}

Result<void> Control::State::act(record::NewEvent event, std::vector<Change>& changes) {
  return act(record::Record::Acts{{std::move(event)}, {}, {}, {}}, changes);
}

Result<void> Control::State::act(const record::Record::Acts& acts, std::vector<Change>& changes) {
  auto events = record.append(acts);
  if (!events) return events.error();
  for (const auto& account : acts.accounts) accounts[account.user] = account;
  for (const auto& session : acts.sessions) sessions.add(session);
  for (const auto& token : acts.ended_sessions) sessions.end(token);
  for (const auto& event : *events) {
    if (event.number != last_event + 1) {
      if (auto caught = catch_up(event.number, changes); !caught) return caught;
    }
    fold(event, changes);
  }
  return {};
}

Result<void> Control::State::catch_up(std::int64_t before, std::vector<Change>& changes) {
  bool anything = false;
  while (last_event + 1 < before) {
    auto page = record.events_after(last_event, kPage);
    if (!page) return page.error();
    if (page->empty()) break;
    for (const auto& event : *page) {
      if (event.number < before) fold(event, changes);
    }
    anything = true;
  }
  if (!anything) return {};
  auto known = record.accounts();
  if (!known) return known.error();
  for (auto& account : *known) accounts[account.user] = account;
  return {};
}

void Control::State::fold(const record::Event& event, std::vector<Change>& changes) {
  last_event = event.number;
  chain_head = to_hex(event.hash);
  changes.push_back({Change::Kind::kAudit, std::to_string(event.number), {}});
  const auto decoded = Fields::decode(event.what.payload);
  if (!decoded) {
    log.warn_once("event payload", "event " + std::to_string(event.number) + ": " + decoded.error().message);
    return;
  }
  const Fields& fields = *decoded;
  const std::string& act = event.what.act;
  if (alarms.apply(event, fields)) {
    if (const Alarm* alarm = alarms.alarm(AlarmId{event.what.subject})) {
      changes.push_back({Change::Kind::kAlarm, event.what.subject, {}});
      changes.push_back({Change::Kind::kCase, CaseId("C-" + std::to_string(alarm->in_case)).str(), {}});
      changes.push_back({Change::Kind::kLot, alarm->lot.str(), {}});
    } else if (act == "case_merged") {
      changes.push_back({Change::Kind::kCase, fields.text("into"), {}});
    } else if (act == "source_out_of_service" || act == "source_in_service") {
      for (const auto& [number, alarm] : alarms.alarms()) {
        if (alarm.closed || alarm.line.str() != fields.text("line") || alarm.model != fields.text("model")) continue;
        changes.push_back({Change::Kind::kAlarm, alarm.id().str(), {}});
      }
    }
  } else if (dispositions.apply(event, fields)) {
    const auto* disposition = dispositions.find(event.what.subject);
    if (!disposition) return;
    if (act == "case_disposed") {
      if (const Case* its = alarms.find_case(disposition->in_case)) {
        const std::int64_t number = its->number;
        alarms.add_disposition(number, number_in(disposition->id, "D-"));
        if (disposition->kind == "escalate") alarms.escalate(number);
        const auto kind = case_kind(disposition->kind);
        if (kind && kind->resolves && its->open) {
          alarms.close_case(number, kind->settles);
          for (const auto alarm : its->alarms) changes.push_back({Change::Kind::kAlarm, "A-" + std::to_string(alarm), {}});
        }
      }
    }
    if (act == "disposition_withdrawn") {
      if (const Case* its = alarms.find_case(disposition->in_case)) alarms.unsettle(its->number);
    }
    if (!disposition->in_case.empty()) changes.push_back({Change::Kind::kCase, disposition->in_case.str(), {}});
    changes.push_back({Change::Kind::kLot, disposition->lot.str(), {}});
  } else if (act == "declaration_imported") {
    fold_declaration(event, fields);
    changes.push_back({Change::Kind::kLot, fields.text("lot"), {}});
  } else if (act == "lot_ended") {
    fold_lot_end(event);
    changes.push_back({Change::Kind::kLot, event.what.subject, {}});
  } else if (act == "user_changed") {
    // Whoever is signed in with the old rights signs in again, whichever process changed them.
    const auto& changed = fields.all();
    const bool rights = std::any_of(std::begin(kRights), std::end(kRights), [&](const char* name) { return changed.contains(name); });
    if (rights) sessions.end_of_user(UserId{event.what.subject});
  } else if (act == "sign_in_failed") {
    lockouts.failed(event.what.subject, event.what.time);
  } else if (act == "signed_in") {
    lockouts.succeeded(event.what.subject);
  }
}

void Control::State::walk_chain() {
  std::lock_guard one_at_a_time(walk_mutex);
  if (!walk) {
    std::lock_guard lock(mutex);
    if (clock.now() - chain_checked < options.audit_every) return;
    walk.emplace();
  }
  auto report = record.verify_some(*walk);
  if (!report) {
    log.warn_once("audit walk", "audit trail not walked: " + report.error().message);
    return;
  }
  if (report->whole && !walk->done) return;
  walk.reset();
  std::lock_guard lock(mutex);
  if (!report->whole && chain_whole) log.error("audit trail: " + report->message);
  chain_whole = report->whole;
  chain_checked = clock.now();
}

void Control::State::tell(const std::vector<Change>& changes) {
  if (changes.empty()) return;
  std::lock_guard lock(subscribers_mutex);
  for (const auto& [id, subscriber] : subscribers) {
    for (const auto& change : changes) subscriber(change);
  }
}

std::uint64_t Control::subscribe(Subscriber subscriber) {
  std::lock_guard lock(state_->subscribers_mutex);
  state_->subscribers[++state_->last_subscription] = std::move(subscriber);
  return state_->last_subscription;
}

void Control::unsubscribe(std::uint64_t subscription) {
  std::lock_guard lock(state_->subscribers_mutex);
  state_->subscribers.erase(subscription);
}

Result<void> Control::tick() {
  std::vector<Change> changes;
  Result<void> done;
  state_->walk_chain();
  {
    std::lock_guard lock(state_->mutex);
    const Time now = state_->clock.now();
    done = state_->catch_up(std::numeric_limits<std::int64_t>::max(), changes);
    if (done) done = state_->make_up(changes);
    if (done) done = state_->answer_forgotten(changes);
    record::Record::Acts acts;
    acts.events = state_->alarms.shelvings_ended(now);
    acts.ended_sessions = state_->sessions.take_expired(now);
    if (!acts.events.empty() || !acts.ended_sessions.empty()) {
      if (auto written = state_->act(acts, changes); !written) done = written;
    }
  }
  state_->tell(changes);
  return done;
}

}  // namespace beltwarden::control
