// Clearance: what officers decide about lots.
#include <algorithm>

#include "control/state.h"

namespace beltwarden::control {

const Control::State::DeclarationEntry* Control::State::declaration_of(const LotId& lot) const {
  for (const auto& [number, entry] : declarations) {
    if (entry.declaration.lot == lot.str()) return &entry;
  }
  return nullptr;
}

bool Control::State::knows_lot(const LotId& lot) const { return declaration_of(lot) || record.lot(lot); }

Tonnes Control::State::most_of(const LotId& lot, Tonnes seen) const {
  // Draft surveys and scales differ by some per cent; the largest ships carry 400,000 t.
  constexpr double kOverDeclared = 1.1;
  constexpr Tonnes kUndeclared{1e6};
  const auto row = record.lot(lot);
  const auto* entry = declaration_of(lot);
  const double declared_t = entry ? entry->declaration.mass_t : row && row->plan ? row->plan->declared_mass_t : 0;
  return std::max({declared_t > 0 ? Tonnes{declared_t * kOverDeclared} : kUndeclared, row ? row->passed : Tonnes{0}, seen});
}

LotState Control::State::lot_state(const LotId& lot, const std::optional<record::LotRow>& row) const {
  const LotDecisions decided = dispositions.lot(lot);
  if (decided.rejected) return LotState::kRejected;
  if (decided.released) return LotState::kReleased;
  if (decided.held) return LotState::kHeld;
  const auto waiting = dispositions.all().find(decided.waiting);
  if (waiting != dispositions.all().end() && waiting->second.kind == "release") return LotState::kReleaseProposed;
  if (row && row->finished) return LotState::kInspected;
  if (row && row->passed > Tonnes{0}) return LotState::kDischarging;
  return LotState::kDeclared;
}

ClearanceInput Control::State::clearance_input(const LotId& lot) const {
  ClearanceInput input;
  input.lot = lot;
  if (const auto* entry = declaration_of(lot)) input.declared_mass_t = entry->declaration.mass_t;
  input.row = record.lot(lot);
  input.coverage = record.coverage(lot);
  input.required_models = options.required_models;
  input.ignored_hole = options.ignored_hole;
  input.required_instruments = options.required_instruments;
  if (input.row) {
    if (input.declared_mass_t == 0 && input.row->plan) input.declared_mass_t = input.row->plan->declared_mass_t;
    for (const auto& part : input.row->epochs) {
      input.journals.push_back({part, record.receipt(part.site, part.epoch), record.unreadable_entries(part.site, part.epoch)});
    }
    // Once its last slice has closed, how the instruments are now says nothing about this lot.
    if (const auto end = at_end.find(lot); end != at_end.end()) {
      input.instruments = end->second;
    } else {
      for (auto& instrument : record.instruments()) {
        if (instrument.line == input.row->line) input.instruments.push_back(std::move(instrument));
      }
    }
  }
  for (const auto& [number, its] : alarms.cases()) {
    if (!its.open || its.lot != lot) continue;
    const Alarm* strongest = nullptr;
    for (const auto alarm : its.alarms) {
      const Alarm& each = alarms.alarms().at(alarm);
      if (!strongest || each.priority > strongest->priority) strongest = &each;
    }
    std::size_t findings = 0;
    for (const auto alarm : its.alarms) findings += alarms.alarms().at(alarm).findings.size();
    input.open_cases.push_back({its.id(), strongest ? strongest->code : "", its.tonnes, findings});
  }
  for (const auto* hold : dispositions.open_holds(lot)) input.holds.push_back({hold->id, hold->tonnes});
  input.held = dispositions.lot(lot).held;
  return input;
}

Result<LotDecision> Control::dispose_lot(const Actor& actor, const LotId& lot, const LotRequest& request) {
  std::vector<Change> changes;
  auto done = [&]() -> Result<LotDecision> {
    // No batch may lie between the record and its alarms while somebody decides.
    std::lock_guard no_intake(state_->intake_mutex);
    std::lock_guard lock(state_->mutex);
    if (!decides(actor.role)) return may_not(actor, "decide about lots");
    if (!is_lot_kind(request.kind)) {
      return invalid_input("kind: expected release, hold, resume or reject, found \"" + request.kind.substr(0, 40) + "\"");
    }
    if (auto good = check_reason(request.reason); !good) return good.error();
    if (!is_clean_text(request.note, 4000, true)) return invalid_input("note: expected at most 4000 bytes of text");
    if (auto ready = state_->make_up(changes); !ready) return ready.error();
    if (!state_->knows_lot(lot)) return not_found("no lot " + lot.str());
    const LotDecisions decided = state_->dispositions.lot(lot);
    const auto row = state_->record.lot(lot);
    const LotState before = state_->lot_state(lot, row);
    if (decided.released || decided.rejected) return conflict("lot " + lot.str() + " is " + to_string(before) + " already");
    if (request.kind == "resume" && !decided.held) return conflict("lot " + lot.str() + " is not held");
    if (request.kind == "hold" && decided.held) return conflict("lot " + lot.str() + " is held already");
    if (decided.waiting != 0 && request.kind != "hold") {
      return conflict("lot " + lot.str() + ": " + DispositionBook::id_of(decided.waiting) +
                      " waits for a second officer; hold the lot to take it back");
    }
    LotDecision decision;
    decision.state = before;
    decision.blockers = blockers(state_->clearance_input(lot));
    if (request.kind == "release" && !decision.blockers.empty() && !request.override_blockers) return decision;
    const bool final = std::any_of(decision.blockers.begin(), decision.blockers.end(), [](const Blocker& b) { return !b.overridable; });
    if (request.kind == "release" && final) return decision;

    DispositionView made;
    made.id = DispositionBook::id_of(state_->dispositions.next_number());
    made.kind = request.kind;
    made.by = actor.user;
    made.name = actor.name;
    made.role = to_string(actor.role);
    made.time = state_->clock.now();
    made.reason = request.reason;
    made.note = request.note;
    made.lot = lot;
    made.override_blockers = request.kind == "release" && !decision.blockers.empty();
    // A clean release and a hold are one officer's; against blockers, or turning cargo away, two must sign.
    decision.needs_second = made.override_blockers || request.kind == "reject";
    if (decision.needs_second) made.state = DispositionState::kWaitingSecond;
    if (auto acted = state_->act(DispositionBook::made(made, decision.blockers), changes); !acted) return acted.error();
    decision.accepted = true;
    decision.disposition = made;
    decision.state = state_->lot_state(lot, row);
    return decision;
  }();
  state_->tell(changes);
  return done;
}

Result<LotDecision> Control::consent(const Actor& actor, const std::string& id, const std::string& reason) {
  std::vector<Change> changes;
  auto done = [&]() -> Result<LotDecision> {
    std::lock_guard no_intake(state_->intake_mutex);
    std::lock_guard lock(state_->mutex);
    if (!decides(actor.role)) return may_not(actor, "sign a disposition");
    if (auto good = check_reason(reason); !good) return good.error();
    if (auto ready = state_->make_up(changes); !ready) return ready.error();
    const DispositionView* disposition = state_->dispositions.find(id);
    if (!disposition) return not_found("no disposition " + id);
    if (disposition->state != DispositionState::kWaitingSecond && disposition->state != DispositionState::kStanding) {
      return conflict("disposition " + id + " does not wait for a second signature");
    }
    if (disposition->by == actor.user) return denied("the second signature must be another officer's");
    const LotId lot = disposition->lot;
    LotDecision decision;
    decision.state = state_->lot_state(lot, state_->record.lot(lot));
    if (disposition->kind == "release") {
      // The second officer consents to what the first one saw. What has come up since wants a new proposal.
      decision.blockers = blockers(state_->clearance_input(lot));
      std::erase_if(decision.blockers, [&](const Blocker& blocker) { return state_->dispositions.accepts(id, blocker); });
      if (!decision.blockers.empty()) return decision;
    }
    const Fields fields = Fields().set("reason", reason).set("name", actor.name).set("lot", lot.str());
    if (auto acted = state_->act(state_->event(actor, "disposition_consented", id, fields), changes); !acted) {
      return acted.error();
    }
    decision.accepted = true;
    decision.disposition = *state_->dispositions.find(id);
    decision.state = state_->lot_state(lot, state_->record.lot(lot));
    return decision;
  }();
  state_->tell(changes);
  return done;
}

Result<DispositionView> Control::lift_hold(const Actor& actor, const std::string& id, const std::string& reason) {
  std::vector<Change> changes;
  auto done = [&]() -> Result<DispositionView> {
    std::lock_guard lock(state_->mutex);
    if (!decides(actor.role)) return may_not(actor, "lift a hold");
    if (auto good = check_reason(reason); !good) return good.error();
    const DispositionView* hold = state_->dispositions.find(id);
    if (!hold) return not_found("no disposition " + id);
    if (hold->kind != "hold_interval" || hold->state == DispositionState::kLifted) {
      return conflict("disposition " + id + " is no standing hold of an interval");
    }
    const Fields fields = Fields().set("reason", reason).set("lot", hold->lot.str());
    if (auto acted = state_->act(state_->event(actor, "disposition_lifted", id, fields), changes); !acted) {
      return acted.error();
    }
    return *state_->dispositions.find(id);
  }();
  state_->tell(changes);
  return done;
}

}  // namespace beltwarden::control
