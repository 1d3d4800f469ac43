// State as people see it.
#include <algorithm>
#include <tuple>

#include "control/state.h"

namespace beltwarden::control {
namespace {

std::string to_text(material::HealthReading::State state) {
  using State = material::HealthReading::State;
  switch (state) {
    case State::kConnecting: return "connecting";
    case State::kWorking: return "working";
    case State::kDegraded: return "degraded";
    case State::kFaulty: return "faulty";
    case State::kDisconnected: return "disconnected";
  }
  return "";
}

}  // namespace

AlarmState Control::State::state_of(const Alarm& alarm) const {
  if (alarm.closed) return AlarmState::kClosed;
  if (alarms.out_of_service(alarm.line, alarm.model)) return AlarmState::kOutOfService;
  if (alarm.shelved_until && clock.now() < *alarm.shelved_until) return AlarmState::kShelved;
  if (const auto by = options.suppressed_by.find(alarm.code); by != options.suppressed_by.end()) {
    for (const auto& [number, other] : alarms.alarms()) {
      if (!other.closed && other.code == by->second && other.lot == alarm.lot && other.tonnes.overlaps(alarm.tonnes)) {
        return AlarmState::kSuppressed;
      }
    }
  }
  if (!alarm.acknowledged_by.empty()) return AlarmState::kAcknowledged;
  return alarm.returned ? AlarmState::kReturned : AlarmState::kUnacknowledged;
}

AlarmView Control::State::view(const Alarm& alarm) const {
  AlarmView view;
  view.alarm = alarm.id();
  view.in_case = CaseId{"C-" + std::to_string(alarm.in_case)};
  view.priority = alarm.priority;
  view.state = state_of(alarm);
  view.code = alarm.code;
  view.model = alarm.model;
  view.label = alarm.label;
  view.confidence = alarm.confidence;
  view.classes.assign(alarm.classes.begin(), alarm.classes.end());
  std::stable_sort(view.classes.begin(), view.classes.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (view.label.empty() && !view.classes.empty()) std::tie(view.label, view.confidence) = view.classes.front();
  view.line = alarm.line;
  view.lot = alarm.lot;
  view.tonnes = alarm.tonnes;
  view.raised = alarm.raised;
  view.updated = alarm.updated;
  view.acknowledged_by = alarm.acknowledged_by;
  view.shelved_until = alarm.shelved_until;
  view.findings = alarm.findings;
  if (const auto found = measured.find(alarm.strongest); found != measured.end()) view.measured = found->second;
  if (const auto line = live.find(alarm.line); line != live.end()) view.position = line->second.position(alarm.lot, alarm.tonnes);
  return view;
}

CaseView Control::State::view(const Case& its) const {
  CaseView view;
  view.id = its.id();
  view.open = its.open;
  view.escalated = its.escalated;
  view.line = its.line;
  view.lot = its.lot;
  view.tonnes = its.tonnes;
  view.opened = its.opened;
  view.priority = alarms.priority_of(its);
  for (const auto number : its.alarms) {
    view.alarms.push_back(this->view(alarms.alarms().at(number)));
    if (view.code.empty() && view.alarms.back().priority == view.priority) view.code = view.alarms.back().code;
  }
  for (const auto number : its.dispositions) view.dispositions.push_back(dispositions.all().at(number));
  return view;
}

LineView Control::State::view(const LineOptions& line) const {
  LineView view;
  view.line = line.line;
  view.name = line.name;
  view.state = "no_signal";
  view.feed_m = line.feed_m;
  view.belt_end_m = line.belt_end_m;
  view.instruments = line.instruments;
  for (const auto& row : record.lines()) {
    if (row.line != line.line) continue;
    view.speed_mps = row.belt.speed_mps;
    view.rate_tph = row.belt.rate_tph;
    view.lot = row.lot;
    view.passed = row.passed;
    view.time = row.time;
    if (clock.now() - row.time <= options.no_signal_after) {
      view.state = !row.belt.running ? "stopped" : row.belt.empty_belt ? "empty" : "running";
    }
  }
  for (const auto& row : record.instruments()) {
    if (row.line == line.line) view.instrument_states[row.instrument] = to_text(row.health.state);
  }
  if (const auto belt = live.find(line.line); belt != live.end()) {
    view.load_kg_per_m = belt->second.load_kg_per_m();
    view.segments = belt->second.segments();
  }
  if (const auto row = record.lot(view.lot)) {
    for (const auto& model : coverage_views(record.coverage(view.lot), true, options.required_models, row->sliced)) {
      view.coverage[model.name] = model.fraction;
    }
  }
  view.runs = record.runs(line.line);
  return view;
}

std::vector<LineView> Control::lines() const {
  std::lock_guard lock(state_->mutex);
  std::vector<LineView> views;
  for (const auto& line : state_->options.lines) views.push_back(state_->view(line));
  return views;
}

Result<LineView> Control::line(const LineId& id) const {
  std::lock_guard lock(state_->mutex);
  for (const auto& line : state_->options.lines) {
    if (line.line == id) return state_->view(line);
  }
  return not_found("no line " + id.str());
}

std::vector<InstrumentView> Control::instruments() const {
  std::lock_guard lock(state_->mutex);
  std::vector<InstrumentView> views;
  for (auto& row : state_->record.instruments()) {
    InstrumentView view{std::move(row), "", "", ""};
    view.state = to_text(view.row.health.state);
    for (const auto& line : state_->options.lines) {
      for (const auto& placed : line.instruments) {
        if (placed.instrument != view.row.instrument) continue;
        view.kind = placed.kind;
        view.driver = placed.driver;
      }
    }
    views.push_back(std::move(view));
  }
  return views;
}

UserView Control::State::view(const record::Account& account) const {
  return {account.user, account.name, account.role, account.consignee, account.disabled, account.created,
          lockouts.locked_until(account.user.str(), clock.now())};
}

AuditEntry Control::State::view(const record::Event& event) const {
  AuditEntry entry;
  entry.number = event.number;
  entry.time = event.what.time;
  entry.user = event.what.user;
  if (const auto account = accounts.find(event.what.user); account != accounts.end()) {
    entry.name = account->second.name;
    entry.role = account->second.role;
  }
  entry.act = event.what.act;
  entry.subject = event.what.subject;
  entry.hash = to_hex(event.hash);
  entry.previous_hash = to_hex(event.previous_hash);
  const auto fields = Fields::decode(event.what.payload);
  if (!fields) return entry;
  for (const auto& [name, value] : fields->all()) {
    if (name == "reason") {
      entry.reason = value;
    } else if (!value.empty() && name != "until_ns") {
      entry.detail += (entry.detail.empty() ? "" : "; ") + name + ": " + value;
    }
  }
  return entry;
}

Result<AuditPage> Control::audit(const Actor& actor, std::int64_t before, std::uint32_t limit) const {
  if (!sees_inspection(actor.role)) return may_not(actor, "read the audit trail");
  auto events = state_->record.events_before(before, std::clamp<std::uint32_t>(limit, 1, 1000));
  if (!events) return events.error();
  std::lock_guard lock(state_->mutex);
  AuditPage page{{}, state_->chain_head, state_->chain_whole, state_->chain_checked};
  for (const auto& event : *events) page.entries.push_back(state_->view(event));
  return page;
}

Result<record::ChainReport> Control::verify_audit() {
  auto report = state_->record.verify_events();
  if (!report) return report;
  std::lock_guard lock(state_->mutex);
  state_->chain_whole = report->whole;
  state_->chain_checked = state_->clock.now();
  if (!report->whole) state_->log.error("audit trail: " + report->message);
  return report;
}

}  // namespace beltwarden::control
