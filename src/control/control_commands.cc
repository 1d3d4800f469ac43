// Commands to the site: made of dispositions and declarations, pending until the site has taken them.
#include <algorithm>

#include "control/state.h"

namespace beltwarden::control {
namespace {
constexpr std::string_view kAlarmScore = "alarm_score";   // of a passing source, above the threshold of its test: no limit
constexpr std::string_view kOreSeries[] = {"K-40", "U-238", "Th-232"};
constexpr std::string_view kOreRate = "ore_rate";         // of the series that the label names
}  // namespace

std::string Control::State::command_id_of(const DispositionView& disposition) {
  // With the time: a new center's numbers begin anew, but a site takes each id once.
  return disposition.id + "@" + std::to_string(disposition.time.ns / 1'000'000);
}

wire::SiteCommand Control::State::command_of(const DispositionView& disposition) const {
  wire::SiteCommand command;
  command.id = command_id_of(disposition);
  command.time = disposition.time;
  command.requested_by = disposition.by.str();
  command.epoch = disposition.epoch;
  if (const Case* its = alarms.find_case(disposition.in_case)) command.line = its->line;
  if (disposition.kind == "request_stop") {
    command.order = wire::RequestStop{disposition.reason};
  } else if (disposition.code == kNaturalOre) {
    command.order = wire::ExplainNaturalOre{{disposition.lot, disposition.tonnes.value_or(TonneInterval{})}, disposition.brand, disposition.levels};
  } else {
    command.order = wire::OrderSample{{disposition.lot, disposition.tonnes.value_or(TonneInterval{})}};
  }
  return command;
}

wire::SiteCommand Control::State::command_of(const DispositionBook::Withdrawn& withdrawn) const {
  wire::SiteCommand command = command_of(*withdrawn.disposition);
  command.id += "-withdrawn";
  command.time = withdrawn.time;
  command.requested_by = withdrawn.by.str();
  auto& order = std::get<wire::ExplainNaturalOre>(command.order);
  order.levels = dispositions.levels_left(*withdrawn.disposition);
  order.instead = true;
  return command;
}

Result<DispositionView> Control::withdraw_explanation(const Actor& actor, const std::string& id, const std::string& reason) {
  std::vector<Change> changes;
  std::vector<wire::SiteCommand> commands;
  auto done = [&]() -> Result<DispositionView> {
    std::lock_guard lock(state_->mutex);
    if (actor.role != Role::kSupervisor) return may_not(actor, "withdraw what was explained as natural ore");
    if (auto good = check_reason(reason); !good) return good.error();
    const DispositionView* explained = state_->dispositions.find(id);
    if (!explained) return not_found("no disposition " + id);
    if (explained->code != kNaturalOre || explained->levels.empty() || explained->state == DispositionState::kWithdrawn) {
      return conflict("disposition " + id + " explains nothing as natural ore that the site expects");
    }
    const Fields fields = Fields().set("reason", reason).set("lot", explained->lot.str());
    if (auto acted = state_->act(state_->event(actor, "disposition_withdrawn", id, fields), changes); !acted) return acted.error();
    const DispositionView withdrawn = *state_->dispositions.find(id);
    for (const auto& one : state_->dispositions.withdrawn_natural()) {
      if (one.disposition->id == id) commands.push_back(state_->command_of(one));
    }
    return withdrawn;
  }();
  state_->tell(changes);
  state_->send(commands);
  return done;
}

Result<void> Control::State::check_code(const CaseDecision& decision, const Case& its) const {
  if (decision.code.empty()) return {};
  if (decision.code != kNaturalOre || decision.kind != "explain") {
    return invalid_input("code: expected \"natural_ore\", with kind explain, or none; found \"" + decision.code.substr(0, 40) + "\"");
  }
  // An artificial source, and what may be one, is not explained away in passing.
  for (const std::int64_t number : its.alarms) {
    const auto alarm = alarms.alarms().find(number);
    if (alarm == alarms.alarms().end() || alarm->second.code == kNaturalAlarm) continue;
    return conflict("case " + its.id().str() + " holds an alarm of code " + alarm->second.code +
                    ": only those of natural_radioactivity_high are explained as natural ore");
  }
  // Nor what is above a limit, by whatever the pack says that the limit is.
  auto findings = findings_of(its);
  if (!findings) return findings.error();
  for (const auto& stored : *findings) {
    for (const auto& m : stored.finding.measured) {
      if (!m.high || m.value <= *m.high || m.name == kAlarmScore) continue;
      return conflict("case " + its.id().str() + " holds " + m.name + " above its limit: only ore within limits is explained as natural ore");
    }
  }
  return {};
}

Result<std::vector<record::StoredFinding>> Control::State::findings_of(const Case& its) const {
  std::vector<std::int64_t> numbers;
  for (const std::int64_t number : its.alarms) {
    const auto alarm = alarms.alarms().find(number);
    if (alarm != alarms.alarms().end()) numbers.insert(numbers.end(), alarm->second.findings.begin(), alarm->second.findings.end());
  }
  std::sort(numbers.begin(), numbers.end());
  return record.findings_by_number(numbers);
}

// What the findings said is raised, each series at its highest: in Bq/kg by its name, or in cps by the finding's. A source that passed
// is no level of the ore.
Result<void> Control::State::take_levels(const Case& its, DispositionView& made) const {
  auto findings = findings_of(its);
  if (!findings) return findings.error();
  for (const auto& stored : *findings) {
    const wire::Finding& finding = stored.finding;
    if (finding.code != kNaturalAlarm) continue;
    for (const auto& m : finding.measured) {
      const std::string& series = m.name == kOreRate ? finding.label : m.name;
      if (!m.expected || (m.unit != "Bq/kg" && m.unit != "cps") || std::find(std::begin(kOreSeries), std::end(kOreSeries), series) == std::end(kOreSeries)) continue;
      const auto same = std::find_if(made.levels.begin(), made.levels.end(), [&](const auto& one) { return one.series == series && one.unit == m.unit; });
      if (same == made.levels.end()) made.levels.push_back({series, m.value, m.unit});
      else same->level = std::max(same->level, m.value);
    }
  }
  made.tonnes = its.tonnes;            // not what the officer may have written: it is of what was found
  const auto row = record.lot(its.lot);
  const auto* entry = declaration_of(its.lot);
  made.brand = row && row->plan ? row->plan->brand : entry ? entry->declaration.brand : "";
  return {};
}

LineId Control::State::line_of(const DeclarationEntry& entry) const {
  if (!entry.declaration.line.empty()) return LineId{entry.declaration.line};
  return options.lines.empty() ? LineId{} : options.lines.front().line;
}

void Control::State::fold_lot_end(const record::Event& event) {
  const LotId lot{event.what.subject};
  const auto row = record.lot(lot);
  const auto* entry = declaration_of(lot);
  const std::string id = "end:" + lot.str() + "@" + std::to_string(event.what.time.ns / 1'000'000);
  const LineId line = row ? row->line : entry ? line_of(*entry) : LineId{};
  ended_lots[lot] = {id, line, event.what.time, event.what.user.str(), wire::EndLot{lot}};
}

Result<void> Control::end_lot(const Actor& actor, const LotId& lot) {
  std::vector<Change> changes;
  std::vector<wire::SiteCommand> commands;
  auto done = [&]() -> Result<void> {
    std::lock_guard lock(state_->mutex);
    if (!decides(actor.role) && actor.role != Role::kTerminal) return may_not(actor, "end a lot");
    if (!state_->knows_lot(lot)) return not_found("no lot " + lot.str());
    const auto row = state_->record.lot(lot);
    if (!row || row->passed <= Tonnes{0}) return conflict("lot " + lot.str() + " has not been on the belt");
    if (row->finished || state_->ended_lots.contains(lot)) return conflict("lot " + lot.str() + " has ended already");
    if (auto acted = state_->act(state_->event(actor, "lot_ended", lot.str(), Fields().set("name", actor.name)), changes); !acted) {
      return acted;
    }
    commands.push_back(state_->ended_lots.at(lot));
    return {};
  }();
  state_->tell(changes);
  state_->send(commands);
  return done;
}

std::uint64_t Control::State::newest_epoch() const {
  std::uint64_t newest = 0;
  for (const auto& receipt : record.receipts()) {
    if (receipt.site == options.site) newest = std::max(newest, receipt.epoch);
  }
  return newest;
}

std::vector<wire::SiteCommand> Control::State::commands_pending() const {
  // A site whose journal was replaced has forgotten which lots were to come and which had ended: of every lot that has not
  // finished it is told anew.
  const std::uint64_t epoch = newest_epoch();
  const auto taken_since = [&](const std::string& id, std::uint64_t least) {
    const auto taken = taken_commands.find(id);
    return taken != taken_commands.end() && taken->second >= least;
  };
  std::vector<wire::SiteCommand> pending;
  for (const auto& [number, entry] : declarations) {
    const auto row = record.lot(LotId{entry.declaration.lot});
    const auto plan = plan_of(entry.declaration);
    const bool known = row && row->plan && row->plan->consignment == plan.consignment &&
                       row->plan->declared_mass_t == plan.declared_mass_t && row->plan->brand == plan.brand &&
                       row->plan->feed_number == plan.feed_number && row->plan->hs_code == plan.hs_code &&
                       row->plan->origin == plan.origin && row->plan->consignee == plan.consignee &&
                       row->plan->declared_composition == plan.declared_composition;
    const bool finished = row && row->finished;
    const bool announced = row && std::any_of(row->epochs.begin(), row->epochs.end(), [&](const record::LotEpoch& part) {
                             return part.site == options.site && part.epoch == epoch && part.announced;
                           });
    if ((known && (finished || announced)) || taken_since(entry.command_id, finished ? 0 : epoch)) continue;
    pending.push_back({entry.command_id, line_of(entry), entry.imported, entry.by.str(), plan});
  }
  for (const auto* waiting : dispositions.waiting_for_site()) {
    if (!taken_since(command_id_of(*waiting), 0) && !of_replaced_journal(*waiting, epoch)) pending.push_back(command_of(*waiting));
  }
  for (const auto* explained : dispositions.explained_natural()) {
    // A brand's next lots want it too; of no brand, it is of the lot alone.
    const auto row = record.lot(explained->lot);
    if (!taken_since(command_id_of(*explained), explained->brand.empty() && row && row->finished ? 0 : epoch)) pending.push_back(command_of(*explained));
  }
  // After what was explained, so that what is left of a brand stands at last.
  for (const auto& withdrawn : dispositions.withdrawn_natural()) {
    const auto row = record.lot(withdrawn.disposition->lot);
    const bool over = withdrawn.disposition->brand.empty() && row && row->finished;
    if (!taken_since(command_id_of(*withdrawn.disposition) + "-withdrawn", over ? 0 : epoch)) pending.push_back(command_of(withdrawn));
  }
  for (const auto& [lot, command] : ended_lots) {
    const auto row = record.lot(lot);
    if (!taken_since(command.id, row && row->finished ? 0 : epoch)) pending.push_back(command);
  }
  return pending;
}

// A site whose journal was replaced knows nothing of what it had taken, and counts the lot's tonnes anew: an order sent again would be carried
// out elsewhere, and a stop later than it was asked for. It may have been taken without the center's having heard of it.
bool Control::State::of_replaced_journal(const DispositionView& waiting, std::uint64_t newest) const {
  const auto taken = taken_commands.find(command_id_of(waiting));
  const std::uint64_t epoch = taken != taken_commands.end() ? taken->second : waiting.epoch;
  return epoch != 0 && epoch < newest;
}

Result<void> Control::State::answer_forgotten(std::vector<Change>& changes) {
  const std::uint64_t newest = newest_epoch();
  std::vector<record::NewEvent> forgotten;
  for (const auto* waiting : dispositions.waiting_for_site()) {
    if (!of_replaced_journal(*waiting, newest)) continue;
    Fields fields;
    fields.set("accepted", false).set("answer", "the site's journal was replaced before the answer came: nobody knows whether it was done");
    forgotten.push_back({clock.now(), UserId{"system"}, "disposition_answered", waiting->id, fields.encode()});
  }
  return forgotten.empty() ? Result<void>() : act({forgotten, {}, {}, {}}, changes);
}

std::vector<wire::SiteCommand> Control::pending_commands() const {
  std::lock_guard lock(state_->mutex);
  return state_->commands_pending();
}

void Control::set_command_sink(std::function<Result<void>(const wire::SiteCommand&)> sink) {
  std::lock_guard lock(state_->mutex);
  state_->sink = std::move(sink);
}

void Control::State::send(const std::vector<wire::SiteCommand>& commands) {
  std::function<Result<void>(const wire::SiteCommand&)> to_site;
  {
    std::lock_guard lock(mutex);
    to_site = sink;
  }
  for (const auto& command : commands) {
    if (!to_site) {
      log.warn_once("no command sink", "command " + command.id + " waits: nothing leads to the site yet");
    } else if (auto sent = to_site(command); !sent) {
      log.warning("command " + command.id + " waits: " + sent.error().message);
    }
  }
}

}  // namespace beltwarden::control
