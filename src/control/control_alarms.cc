// What people do about alarms and cases.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "control/state.h"

namespace beltwarden::control {
namespace {

constexpr double kLongestShelvingMinutes = 8 * 60;  // a shift: nobody shelves for those who come after

/// From the highest number below `before` downwards; 0 = from the highest.
template <class Value>
auto last_before(const std::map<std::int64_t, Value>& all, std::int64_t before) {
  return std::make_reverse_iterator(before > 0 ? all.lower_bound(before) : all.end());
}

Error no_alarm(const AlarmId& id) { return not_found("no alarm " + id.str()); }

}  // namespace

Result<AlarmView> Control::acknowledge(const Actor& actor, const AlarmId& id) {
  std::vector<Change> changes;
  auto done = [&]() -> Result<AlarmView> {
    std::lock_guard lock(state_->mutex);
    if (!decides(actor.role)) return may_not(actor, "acknowledge alarms");
    const Alarm* alarm = state_->alarms.alarm(id);
    if (!alarm) return no_alarm(id);
    if (alarm->closed) return conflict("alarm " + id.str() + " is closed");
    if (alarm->acknowledged_by.empty()) {
      if (auto acted = state_->act(state_->event(actor, "alarm_acknowledged", id.str(), {}), changes); !acted) {
        return acted.error();
      }
    }
    return state_->view(*alarm);
  }();
  state_->tell(changes);
  return done;
}

Result<AlarmView> Control::shelve(const Actor& actor, const AlarmId& id, double minutes, const std::string& reason) {
  std::vector<Change> changes;
  auto done = [&]() -> Result<AlarmView> {
    std::lock_guard lock(state_->mutex);
    if (!decides(actor.role)) return may_not(actor, "shelve alarms");
    if (!(minutes >= 1 && minutes <= kLongestShelvingMinutes)) return invalid_input("minutes: expected 1 to 480");
    if (auto good = check_reason(reason); !good) return good.error();
    const Alarm* alarm = state_->alarms.alarm(id);
    if (!alarm) return no_alarm(id);
    if (alarm->closed) return conflict("alarm " + id.str() + " is closed");
    const Time until = state_->clock.now() + seconds(minutes * 60);
    const Fields fields = Fields().set("reason", reason).set("until_ns", until.ns).set("until", to_rfc3339(until));
    if (auto acted = state_->act(state_->event(actor, "alarm_shelved", id.str(), fields), changes); !acted) {
      return acted.error();
    }
    return state_->view(*alarm);
  }();
  state_->tell(changes);
  return done;
}

Result<AlarmView> Control::unshelve(const Actor& actor, const AlarmId& id, const std::string& reason) {
  std::vector<Change> changes;
  auto done = [&]() -> Result<AlarmView> {
    std::lock_guard lock(state_->mutex);
    if (!decides(actor.role)) return may_not(actor, "unshelve alarms");
    const Alarm* alarm = state_->alarms.alarm(id);
    if (!alarm) return no_alarm(id);
    if (!reason.empty()) {
      if (auto good = check_reason(reason); !good) return good.error();
    }
    if (!alarm->shelved_until) return conflict("alarm " + id.str() + " is not shelved");
    const Fields fields = Fields().set("reason", reason);
    if (auto acted = state_->act(state_->event(actor, "alarm_unshelved", id.str(), fields), changes); !acted) {
      return acted.error();
    }
    return state_->view(*alarm);
  }();
  state_->tell(changes);
  return done;
}

Result<void> Control::set_out_of_service(const Actor& actor, const LineId& line, const std::string& model, bool out,
                                         const std::string& reason) {
  std::vector<Change> changes;
  auto done = [&]() -> Result<void> {
    std::lock_guard lock(state_->mutex);
    if (actor.role != Role::kSupervisor) return may_not(actor, "take alarms out of service");
    if (auto good = check_reason(reason); !good) return good;
    if (model.empty() || !is_clean_text(model, 64)) return invalid_input("model: expected a model's name");
    const auto& lines = state_->options.lines;
    if (std::none_of(lines.begin(), lines.end(), [&](const LineOptions& known) { return known.line == line; })) {
      return not_found("no line " + line.str());
    }
    if (state_->alarms.out_of_service(line, model) == out) {
      return conflict(model + " on line " + line.str() + (out ? " is out of service already" : " is in service"));
    }
    const Fields fields = Fields().set("line", line.str()).set("model", model).set("reason", reason);
    const char* act = out ? "source_out_of_service" : "source_in_service";
    return state_->act(state_->event(actor, act, line.str() + "/" + model, fields), changes);
  }();
  state_->tell(changes);
  return done;
}

std::vector<OutOfServiceView> Control::out_of_service() const {
  std::lock_guard lock(state_->mutex);
  return state_->alarms.out_of_service();
}

Result<DispositionView> Control::dispose_case(const Actor& actor, const CaseId& id, const CaseDecision& decision) {
  std::vector<Change> changes;
  std::vector<wire::SiteCommand> commands;
  auto done = [&]() -> Result<DispositionView> {
    std::lock_guard lock(state_->mutex);
    if (!decides(actor.role)) return may_not(actor, "dispose of cases");
    const auto kind = case_kind(decision.kind);
    if (!kind) {
      return invalid_input("kind: expected explain, watch, order_sample, request_stop, remove_object, hold_interval,"
                           " refer_laboratory or escalate, found \"" + decision.kind.substr(0, 40) + "\"");
    }
    if (auto good = check_reason(decision.reason); !good) return good.error();
    if (!is_clean_text(decision.note, 4000, true)) return invalid_input("note: expected at most 4000 bytes of text");
    const Case* its = state_->alarms.find_case(id);
    if (!its) return not_found("no case " + id.str());
    if (!its->open) return conflict("case " + its->id().str() + " is disposed already");
    if (auto good = state_->check_code(decision, *its); !good) return good.error();
    if (its->escalated && kind->resolves && actor.role != Role::kSupervisor) {
      return denied("case " + its->id().str() + " was escalated: a supervisor resolves it");
    }
    if (decision.tonnes && (!std::isfinite(decision.tonnes->from.value) || !std::isfinite(decision.tonnes->to.value) ||
                            decision.tonnes->from < Tonnes{0} || decision.tonnes->empty())) {
      return invalid_input("from_t, to_t: expected a stretch of tonnes, from_t at least 0 and less than to_t");
    }
    if (const Tonnes most = state_->most_of(its->lot, its->tonnes.to); decision.tonnes && decision.tonnes->to > most) {
      return invalid_input("to_t: lot " + its->lot.str() + " cannot hold more than " + mass_text(most) + ", found " +
                           mass_text(decision.tonnes->to));
    }
    DispositionView made;
    made.id = DispositionBook::id_of(state_->dispositions.next_number());
    made.kind = decision.kind;
    made.by = actor.user;
    made.name = actor.name;
    made.role = to_string(actor.role);
    made.time = state_->clock.now();
    made.reason = decision.reason;
    made.note = decision.note;
    made.code = decision.code;
    made.lot = its->lot;
    made.in_case = its->id();
    made.tonnes = decision.tonnes.value_or(its->tonnes);
    if (!made.code.empty()) {
      if (auto taken = state_->take_levels(*its, made); !taken) return taken.error();
    }
    if (kind->asks_site) {
      made.state = DispositionState::kWaitingAnswer;
      made.epoch = state_->newest_epoch();
    }
    // A held interval stays held until it is lifted or a second officer takes the decision with the first.
    if (decision.kind == "hold_interval") made.state = DispositionState::kStanding;
    if (auto acted = state_->act(DispositionBook::made(made, {}), changes); !acted) return acted.error();
    if (kind->asks_site || !made.levels.empty()) commands.push_back(state_->command_of(made));
    return made;
  }();
  state_->tell(changes);
  state_->send(commands);
  return done;
}

std::vector<AlarmView> Control::alarms(bool open_only, const std::optional<LotId>& lot, ListPage page) const {
  std::lock_guard lock(state_->mutex);
  std::vector<AlarmView> views;
  const auto& all = state_->alarms.alarms();
  for (auto it = last_before(all, page.before); it != all.rend() && views.size() < page.limit; ++it) {
    const Alarm& alarm = it->second;
    if ((open_only && alarm.closed) || (lot && alarm.lot != *lot)) continue;
    views.push_back(state_->view(alarm));
  }
  std::reverse(views.begin(), views.end());
  // Open ones first, of these the highest, of these the newest.
  std::stable_sort(views.begin(), views.end(), [](const AlarmView& a, const AlarmView& b) {
    const bool a_open = a.state != AlarmState::kClosed, b_open = b.state != AlarmState::kClosed;
    if (a_open != b_open) return a_open;
    if (a.priority != b.priority) return a.priority > b.priority;
    return a.raised > b.raised;
  });
  return views;
}

Result<AlarmView> Control::alarm(const AlarmId& id) const {
  std::lock_guard lock(state_->mutex);
  const Alarm* alarm = state_->alarms.alarm(id);
  if (!alarm) return no_alarm(id);
  return state_->view(*alarm);
}

std::vector<CaseView> Control::cases(bool open_only, ListPage page) const {
  std::lock_guard lock(state_->mutex);
  std::vector<CaseView> views;
  const auto& all = state_->alarms.cases();
  for (auto it = last_before(all, page.before); it != all.rend() && views.size() < page.limit; ++it) {
    if (it->second.merged_into != 0 || (open_only && !it->second.open)) continue;
    views.push_back(state_->view(it->second));
  }
  return views;
}

Result<CaseView> Control::case_of(const CaseId& id) const {
  std::lock_guard lock(state_->mutex);
  const Case* its = state_->alarms.find_case(id);
  if (!its) return not_found("no case " + id.str());
  return state_->view(*its);
}

Result<std::vector<record::StoredFinding>> Control::case_findings(const CaseId& id) const {
  std::vector<std::int64_t> numbers;
  {
    std::lock_guard lock(state_->mutex);
    const Case* its = state_->alarms.find_case(id);
    if (!its) return not_found("no case " + id.str());
    for (const auto alarm : its->alarms) {
      const auto& findings = state_->alarms.alarms().at(alarm).findings;
      numbers.insert(numbers.end(), findings.begin(), findings.end());
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return state_->record.findings_by_number(numbers);
}

}  // namespace beltwarden::control
