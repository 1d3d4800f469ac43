// Bringing a site to where its journal ends.
#include <set>
#include <utility>

#include "apps/site/site.h"
#include "journal/reader.h"
#include "wire/codec.h"

namespace beltwarden::site {
namespace {

std::string report_key(const wire::SliceReport& report) {
  return report.slice.lot.str() + "@" + std::to_string(report.slice.tonnes.from.value);
}

constexpr std::uint64_t kMostInOneGo = 1000;   // entries that may lie between two plans written again together

}  // namespace

/// What is gathered while the journal is read.
struct Site::Restored {
  // What the models said before, by the observation that made them say it.
  std::set<std::pair<std::uint64_t, std::uint32_t>> findings_written;
  std::set<std::string> reports_written;
  std::optional<material::Observation> last_belt;
  Time newest, newest_received;
  std::vector<std::pair<std::uint64_t, inspect::Outcome>> outcomes;
};

Result<void> Site::restore() {
  auto reader = journal::Reader::open(options_.journal_folder);
  if (!reader) return journal_->last_sequence() == 0 ? Result<void>() : reader.error();
  if (journal_->first_sequence() > 1) {
    if (auto done = restore_older_plans(); !done) return done;
  }
  Restored restored;
  const std::uint64_t first = journal_->first_sequence(), count = journal_->last_sequence() + 1 - first;
  std::uint64_t told = 0;
  for (;;) {
    auto entry = reader->next();
    if (!entry) return entry.error();
    if (!*entry) break;
    restore_entry(**entry, restored);
    const std::uint64_t hundredths = 100 * ((*entry)->id.sequence + 1 - first) / count;
    if (options_.reading && hundredths > told) options_.reading(static_cast<double>(told = hundredths) / 100);
  }
  finish_restore(restored);
  journal_->keep_from(needs_.keep_from(journal_->last_sequence() + 1));
  return journal_->commit();
}

// Retention has removed the beginning: plans made before it, and what was explained, are known by what was written again since, which may lie behind
// the first polls that feed their lots.
Result<void> Site::restore_older_plans() {
  auto reader = journal::Reader::open(options_.journal_folder);
  if (!reader) return reader.error();
  const std::uint64_t last = journal_->first_sequence() + 2 * options_.renew_plans_after + kMostInOneGo;
  std::optional<Time> beginning;
  for (;;) {
    auto entry = reader->next();
    if (!entry) return entry.error();
    if (!*entry || (*entry)->id.sequence > last) return {};
    if ((*entry)->kind != journal::EntryKind::kObservation && (*entry)->kind != journal::EntryKind::kCommand) continue;
    const auto observation = wire::decode_observation((*entry)->payload);
    if (!observation) continue;          // told of when it is restored
    if (!beginning && std::holds_alternative<material::BeltReading>(observation->payload)) beginning = observation->time;
    const auto* taken = std::get_if<material::CommandTaken>(&observation->payload);
    const bool explains = taken != nullptr && (taken->kind == material::kNaturalOreExplained || taken->kind == material::kNaturalOreWithdrawn);
    if (!explains && !std::holds_alternative<material::LotPlan>(observation->payload)) continue;
    if (beginning && observation->time > *beginning) continue;
    if (!explains) {
      tracker_.restore(*observation);
      scheduler_.observe(*observation, tracker_);
    }
    (void)host_.observe(*observation);   // whatever it said of a plan was written long ago
  }
}

void Site::restore_entry(const journal::Entry& e, Restored& restored) {
  // Its check sum fits, so this is how it was written: by a version that wrote what it could not read, or by a newer one.
  // The center counts it as well; here the line goes on without it.
  const auto pass_over = [&](const Error& error) {
    ++unreadable_;
    log_.warn_once("journal entry unreadable", "journal entry " + to_string(e.id) + " is passed over: " + error.message);
  };
  if (e.kind == journal::EntryKind::kFinding) {
    auto finding = wire::decode_finding(e.payload);
    if (!finding) return pass_over(finding.error());
    restored.findings_written.emplace(finding->cause.sequence, finding->ordinal);
    ++findings_;
  } else if (e.kind == journal::EntryKind::kSlice) {
    auto report = wire::decode_slice_report(e.payload);
    if (!report) return pass_over(report.error());
    restored.reports_written.insert(report_key(*report));
  } else if (e.kind == journal::EntryKind::kObservation || e.kind == journal::EntryKind::kCommand) {
    auto observation = wire::decode_observation(e.payload);
    if (!observation) return pass_over(observation.error());
    observation->id = e.id;
    note_restored(*observation);
    restored.newest = std::max(restored.newest, observation->time);
    restored.newest_received = std::max(restored.newest_received, observation->received);
    if (std::holds_alternative<material::BeltReading>(observation->payload)) restored.last_belt = *observation;
    auto outcome = host_.observe(*observation);
    ++observations_;
    if (!outcome.findings.empty() || outcome.report) restored.outcomes.emplace_back(e.id.sequence, std::move(outcome));
  }
}

void Site::finish_restore(Restored& restored) {
  // Findings are written in the order of their causes. Where retention has removed the beginning, models that miss it may say
  // something else of old material: only what follows the last finding can be unwritten.
  const bool whole = journal_->first_sequence() <= 1;
  if (!whole) unassigned_before_t_ = tracker_.unassigned().value;
  const std::uint64_t settled = whole || restored.findings_written.empty() ? 0 : restored.findings_written.rbegin()->first;
  for (auto& [cause, outcome] : restored.outcomes) {
    std::erase_if(outcome.findings, [&](const wire::Finding& finding) {
      return cause < settled || restored.findings_written.contains({finding.cause.sequence, finding.ordinal});
    });
    if (outcome.report && (cause < settled || restored.reports_written.contains(report_key(*outcome.report)))) {
      outcome.report.reset();
    }
    write(outcome);
  }
  std::vector<material::Observation> late;
  // The terminal may have heard the request, but its answer has nobody to come to any more.
  for (const auto& [id, time] : unanswered_stops_) {
    late.push_back(made_here(restored.newest, restored.newest_received,
                             material::StopAnswerReading{id, false, "the site was restarted before the terminal answered"}));
  }
  unanswered_stops_.clear();
  // Marks that reached the cutter just before the end: their orders may not have been written. They are given at start.
  if (restored.last_belt) {
    const auto due = scheduler_.observe(*restored.last_belt, tracker_);
    for (const auto& cut : due.cuts) unanswered_cuts_[cut.order.command_id] = cut.order;
    const Actuator actuator = std::exchange(actuator_, [](const instruments::Order&) { return Result<void>(); });
    carry_out(due, restored.last_belt->time, restored.last_belt->received, late);
    actuator_ = actuator;
  }
  if (!late.empty()) journal_and_inspect(std::move(late));
}

void Site::note_restored(const material::Observation& observation) {
  tracker_.restore(observation);
  needs_.note(observation);
  if (const auto* taken = std::get_if<material::CommandTaken>(&observation.payload)) {
    commands_taken_.insert(taken->command_id);
    if (taken->kind == "cut") {
      unanswered_cuts_[taken->command_id] = {taken->command_id, scheduler_.restore(*taken), observation.time};
    } else if (taken->kind == "order_sample" && !observation.intervals.empty()) {
      scheduler_.order(taken->command_id, observation.intervals.front(), taken->requested_by);
    } else if (taken->kind == "request_stop") {
      unanswered_stops_[taken->command_id] = observation.time;
    }
  } else if (const auto* cut = std::get_if<material::CutterReading>(&observation.payload)) {
    unanswered_cuts_.erase(cut->command_id);
    scheduler_.answered(cut->command_id);
  } else if (const auto* stop = std::get_if<material::StopAnswerReading>(&observation.payload)) {
    unanswered_stops_.erase(stop->command_id);
  } else if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    scheduler_.observe(observation, tracker_);
    remember_lot(plan->lot);
    brand_of_feed_[plan->feed_number] = plan->brand;
  }
}

}  // namespace beltwarden::site
