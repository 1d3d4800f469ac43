// Evidence in: commit, then fold.
#include <algorithm>
#include <set>

#include "control/state.h"

namespace beltwarden::control {
namespace {

/// The model that says what an inclusion is; it asks for nobody itself.
constexpr const char* kClassifier = "impurity_classification";

bool tells_a_class(const wire::Finding& finding) {
  return finding.model == kClassifier && finding.verdict == wire::Verdict::kSuspect && !finding.label.empty() &&
         finding.priority == wire::Priority::kNone;
}

bool asks_for_a_person(const wire::Finding& finding) {
  return finding.verdict == wire::Verdict::kSuspect && finding.priority != wire::Priority::kNone;
}

Change points_of(const std::vector<const wire::Finding*>& findings) {
  Change change{Change::Kind::kPoints, "", {}};
  for (const auto* finding : findings) {
    if (finding->verdict == wire::Verdict::kDontKnow) continue;
    for (const auto& measured : finding->measured) {
      change.points.push_back({finding->line, finding->where.lot, measured.name, finding->model, measured.unit, measured.low,
                               measured.high,
                               {finding->where.tonnes.from, finding->where.tonnes.to, measured.value, measured.std_error,
                                finding->time, finding->verdict == wire::Verdict::kSuspect, measured.expected}});
    }
  }
  return change;
}

/// What a batch touched, so that each thing is told of once.
struct Touched {
  std::set<LotId> lots, sliced_lots;
  std::set<LineId> lines;
  std::set<InstrumentId> instruments;
  std::string newest_frame;
  std::vector<const wire::Finding*> findings;
  std::vector<Suspect> suspects, classes;

  void add_to(std::vector<Change>& changes) const {
    for (const auto& line : lines) changes.push_back({Change::Kind::kLine, line.str(), {}});
    for (const auto& lot : lots) changes.push_back({Change::Kind::kLot, lot.str(), {}});
    for (const auto& instrument : instruments) changes.push_back({Change::Kind::kInstrument, instrument.str(), {}});
    if (!newest_frame.empty()) changes.push_back({Change::Kind::kFrame, newest_frame, {}});
    if (Change points = points_of(findings); !points.points.empty()) changes.push_back(std::move(points));
  }
};

}  // namespace

Result<IntakeResult> Control::intake(const record::IntakeBatch& batch) {
  std::lock_guard one_at_a_time(state_->intake_mutex);
  auto committed = state_->record.commit(batch);
  if (!committed) return committed.error();

  Touched touched;
  std::vector<Change> changes;
  Result<void> folded;
  const auto keep = [&](Result<void> done) {
    if (folded) folded = std::move(done);
  };
  {
    std::lock_guard lock(state_->mutex);
    for (std::size_t i = 0; i < committed->fresh.size(); ++i) {
      const auto& content = batch.entries[committed->fresh[i]].content;
      const std::uint64_t epoch = batch.entries[committed->fresh[i]].id.epoch;
      if (const auto* observation = std::get_if<material::Observation>(&content)) {
        if (const auto* belt = std::get_if<material::BeltReading>(&observation->payload)) {
          state_->live.try_emplace(observation->line).first->second.take(*observation, *belt);
          touched.lines.insert(observation->line);
          for (const auto& interval : observation->intervals) touched.lots.insert(interval.lot);
        } else if (std::holds_alternative<material::HealthReading>(observation->payload)) {
          touched.instruments.insert(observation->instrument);
        } else if (const auto* plan = std::get_if<material::LotPlan>(&observation->payload)) {
          touched.lots.insert(plan->lot);
        } else if (const auto* taken = std::get_if<material::CommandTaken>(&observation->payload)) {
          keep(state_->take_answer({taken->command_id, "taken", true, taken->detail, {}, epoch}, {}, changes));
        } else if (const auto* cutter = std::get_if<material::CutterReading>(&observation->payload)) {
          keep(state_->take_answer({cutter->command_id, "cutter", cutter->confirmed, record::answer_text(*cutter), {}, epoch},
                                   observation->intervals, changes));
          for (const auto& interval : observation->intervals) touched.lots.insert(interval.lot);
        } else if (const auto* stop = std::get_if<material::StopAnswerReading>(&observation->payload)) {
          keep(state_->take_answer({stop->command_id, "stop", stop->accepted, stop->reason, {}, epoch}, {}, changes));
        }
      } else if (const auto* finding = std::get_if<wire::Finding>(&content)) {
        const std::int64_t number = committed->finding_numbers[i];
        if (number == 0) continue;
        touched.findings.push_back(finding);
        if (asks_for_a_person(*finding)) touched.suspects.push_back({number, finding});
        if (tells_a_class(*finding)) touched.classes.push_back({number, finding});
      } else if (const auto* report = std::get_if<wire::SliceReport>(&content)) {
        touched.lots.insert(report->slice.lot);
        touched.sliced_lots.insert(report->slice.lot);
      } else if (const auto* blob = std::get_if<wire::EvidenceBlob>(&content)) {
        if (blob->frame_digest != Sha256{}) touched.newest_frame = to_hex(blob->digest);
      }
    }
    if (state_->behind) {
      folded = state_->finish_intake(changes);      // with this batch's suspects among the late ones
    } else if (folded) {
      folded = state_->take_findings(touched.suspects, touched.classes, changes);
    }
    for (const auto& lot : touched.sliced_lots) {
      if (folded) folded = state_->settle_lot(lot, changes);
    }
    state_->behind = !folded;
  }
  touched.add_to(changes);
  state_->tell(changes);
  // The batch is in the record and must not be asked for again; what could not be folded now is made up for at the next one.
  if (!folded) state_->log.error("a batch was committed but its alarms wait: " + folded.error().message);
  return IntakeResult{committed->fresh.size(), committed->duplicates};
}

Result<void> Control::State::take_findings(const std::vector<Suspect>& suspects, const std::vector<Suspect>& classes,
                                           std::vector<Change>& changes) {
  if (!suspects.empty()) {
    for (const auto& [number, finding] : suspects) measured[number] = finding->measured;
    if (auto done = act({alarms.take(suspects, clock.now()), {}, {}, {}}, changes); !done) return done;
  }
  const auto classified = alarms.classify(classes, clock.now());
  return classified.empty() ? Result<void>() : act({classified, {}, {}, {}}, changes);
}

Result<void> Control::State::settle_lot(const LotId& lot, std::vector<Change>& changes) {
  const auto row = record.lot(lot);
  if (!row) return {};
  const auto events = alarms.returns(lot, row->sliced, row->finished, clock.now());
  if (!events.empty()) {
    if (auto done = act({events, {}, {}, {}}, changes); !done) return done;
  }
  if (row->finished) {
    // Its material is out of the sampler's reach for good.
    std::vector<record::NewEvent> unanswered;
    for (const auto* waiting : dispositions.waiting_for_site()) {
      if (waiting->lot != lot || waiting->kind != "order_sample") continue;
      Fields fields;
      fields.set("accepted", false).set("answer", "the lot ended without an answer from the sampler");
      unanswered.push_back({clock.now(), UserId{"system"}, "disposition_answered", waiting->id, fields.encode()});
    }
    if (!unanswered.empty()) {
      if (auto done = act({unanswered, {}, {}, {}}, changes); !done) return done;
    }
  }
  if (row->finished && !at_end.contains(lot)) {
    auto instruments = record.instruments_at_end(lot);
    if (!instruments) return instruments.error();
    at_end[lot] = std::move(*instruments);
  }
  return {};
}

Result<void> Control::State::take_answer(const record::AnswerRow& given, const std::vector<material::LotInterval>& where,
                                         std::vector<Change>& changes) {
  if (given.command_id.empty()) return {};
  // What a site refuses without having taken it (a plan that it cannot read) stays pending.
  if (given.kind == "taken" || given.accepted) {
    auto& taken_in = taken_commands[given.command_id];
    taken_in = std::max(taken_in, given.epoch);
  }
  if (given.kind == "taken") return {};
  for (const auto* waiting : dispositions.waiting_for_site()) {
    if (command_id_of(*waiting) != given.command_id) continue;
    std::string answer = given.detail;
    bool accepted = given.accepted;
    if (accepted && waiting->kind == "order_sample") {
      // A cut elsewhere is a sample of something else, whatever command it answers.
      const bool meets = std::any_of(where.begin(), where.end(), [&](const material::LotInterval& cut) {
        return cut.lot == waiting->lot && waiting->tonnes && cut.tonnes.overlaps(*waiting->tonnes);
      });
      for (const auto& cut : where) answer += ", at " + tonnes_text(cut.tonnes) + " of " + cut.lot.str();
      if (where.empty()) answer += ", of which lot is not known";
      if (!meets && waiting->tonnes) answer += ": not of the " + tonnes_text(*waiting->tonnes) + " that were asked for";
      accepted = meets;
    }
    Fields fields;
    fields.set("accepted", accepted).set("answer", answer).set("command", given.command_id);
    return act({clock.now(), UserId{"system"}, "disposition_answered", waiting->id, fields.encode()}, changes);
  }
  return {};
}

Result<std::vector<material::LotInterval>> Control::State::cut_by(const wire::SiteCommand& command) const {
  std::vector<material::LotInterval> where;
  const auto* order = std::get_if<wire::OrderSample>(&command.order);
  if (!order) return where;
  auto increments = record.increments_of(command.id);
  if (!increments) return increments.error();
  for (const auto& increment : *increments) {
    if (increment.confirmed && !increment.tonnes.empty()) where.push_back({increment.lot, increment.tonnes});
  }
  return where;
}

Result<void> Control::State::finish_intake(std::vector<Change>& changes) {
  // Suspects that were committed when the process ended before they became alarms.
  record::FindingQuery query;
  query.after_number = alarms.last_finding();
  query.verdict = wire::Verdict::kSuspect;
  query.min_priority = wire::Priority::kLow;
  query.newest_first = false;
  query.limit = 100'000;
  auto late = record.findings(query);
  if (!late) return late.error();
  query.model = kClassifier;
  query.min_priority = wire::Priority::kNone;
  query.after_number = alarms.last_class();
  auto late_classes = record.findings(query);
  if (!late_classes) return late_classes.error();
  std::vector<Suspect> suspects, classes;
  for (const auto& finding : *late) suspects.push_back({finding.number, &finding.finding});
  for (const auto& finding : *late_classes) {
    if (tells_a_class(finding.finding)) classes.push_back({finding.number, &finding.finding});
  }
  if (auto done = take_findings(suspects, classes, changes); !done) return done;
  auto unanswered = commands_pending();
  for (const auto* waiting : dispositions.waiting_for_site()) {
    if (taken_commands.contains(command_id_of(*waiting))) unanswered.push_back(command_of(*waiting));
  }
  for (const auto& command : unanswered) {
    auto answers = record.answers(command.id);
    if (!answers) return answers.error();
    for (const auto& answer : *answers) {
      auto where = cut_by(command);
      if (!where) return where.error();
      auto done = take_answer(answer, *where, changes);
      if (!done) return done;
    }
  }
  for (const auto& lot : record.lots()) {
    if (auto done = settle_lot(lot.lot, changes); !done) return done;
  }
  return {};
}

Result<void> Control::State::make_up(std::vector<Change>& changes) {
  if (!behind) return {};
  if (auto done = finish_intake(changes); !done) {
    return unavailable("the newest findings are not alarms yet, try again in a moment: " + done.error().message);
  }
  behind = false;
  return {};
}

Result<void> Control::State::load_views() {
  std::vector<std::int64_t> strongest;
  for (const auto& [number, alarm] : alarms.alarms()) strongest.push_back(alarm.strongest);
  auto findings = record.findings_by_number(strongest);
  if (!findings) return findings.error();
  for (auto& finding : *findings) measured[finding.number] = std::move(finding.finding.measured);
  for (const auto& lot : record.lots()) {
    if (!lot.finished) continue;
    auto instruments = record.instruments_at_end(lot.lot);
    if (!instruments) return instruments.error();
    at_end[lot.lot] = std::move(*instruments);
  }
  return {};
}

}  // namespace beltwarden::control
