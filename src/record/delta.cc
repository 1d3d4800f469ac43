#include "record/delta.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "material/intervals.h"
#include "record/storable.h"

namespace beltwarden::record {
namespace {

// Readings meet within rounding; a thousandth of a tonne is no hole.
constexpr Tonnes kTouching{0.001};

}  // namespace

std::string answer_text(const material::CutterReading& cutter) {
  if (!cutter.confirmed) return cutter.reason.empty() ? "no increment was taken" : cutter.reason;
  return cutter.increment == 0 ? "an increment was taken" : "increment " + std::to_string(cutter.increment) + " taken";
}

Result<void> Delta::take(const IntakeEntry& entry, std::uint32_t index, EvidenceStore& store) {
  Receipt& receipt = touch(changed_.receipts, base_.receipts, ReceiptKey{entry.id.site, entry.id.epoch});
  receipt.site = entry.id.site;
  receipt.epoch = entry.id.epoch;
  if (entry.id.sequence == 0) {
    return invalid_input("entry of site " + entry.id.site.str() + " has sequence 0: journals count from 1");
  }
  if (!receipt.add(entry.id.sequence)) {
    ++committed.duplicates;
    return {};
  }
  committed.fresh.push_back(index);
  committed.finding_numbers.push_back(0);
  if (const auto reason = not_storable(entry)) {
    take_unreadable(entry, *reason);
  } else if (const auto* observation = std::get_if<material::Observation>(&entry.content)) {
    take_observation(entry, *observation);
  } else if (const auto* finding = std::get_if<wire::Finding>(&entry.content)) {
    return take_finding(*finding, store);
  } else if (const auto* report = std::get_if<wire::SliceReport>(&entry.content)) {
    take_slice(entry, *report);
  } else if (const auto* blob = std::get_if<wire::EvidenceBlob>(&entry.content)) {
    return take_blob(entry, *blob, store);
  } else {
    take_unreadable(entry, std::get<Unreadable>(entry.content).reason);
  }
  return {};
}

LotEntry& Delta::lot(const LotId& id, const IntakeEntry& entry, const LineId& line) {
  LotEntry& known = touch(changed_.lots, base_.lots, id);
  if (known.ordinal == 0) {
    known.ordinal = base_.last_lot + ++lots_;
    known.row.lot = id;
    known.row.site = entry.id.site;
  }
  known.row.line = line;
  LotEpoch& part = epoch_of(known.row, entry.id.site, entry.id.epoch);
  if (part.first_sequence == 0 || entry.id.sequence < part.first_sequence) part.first_sequence = entry.id.sequence;
  return known;
}

void Delta::take_observation(const IntakeEntry& entry, const material::Observation& observation) {
  using namespace material;
  if (!observation.instrument.empty() && !std::holds_alternative<HealthReading>(observation.payload)) {
    InstrumentRow& row = touch(changed_.instruments, base_.instruments, observation.instrument);
    row.instrument = observation.instrument;
    row.line = observation.line;
    row.last_reading = std::max(row.last_reading, observation.time);
  }
  if (const auto* belt = std::get_if<BeltReading>(&observation.payload)) {
    take_belt(entry, observation, *belt);
  } else if (const auto* frame = std::get_if<FrameReading>(&observation.payload)) {
    changed_.geometry[observation.instrument] = {frame->width_px, frame->height_px, frame->mm_per_px};
  } else if (std::holds_alternative<HealthReading>(observation.payload)) {
    take_health(entry, observation);
  } else if (const auto* plan = std::get_if<LotPlan>(&observation.payload)) {
    LotRow& planned = lot(plan->lot, entry, observation.line).row;
    planned.plan = *plan;
    LotEpoch& part = epoch_of(planned, entry.id.site, entry.id.epoch);
    part.announced = true;
    part.last_sequence = std::max(part.last_sequence, entry.id.sequence);
  } else if (const auto* cutter = std::get_if<CutterReading>(&observation.payload)) {
    take_cutter(entry, observation, *cutter);
  } else if (const auto* stop = std::get_if<StopAnswerReading>(&observation.payload)) {
    take_answer(entry, stop->command_id, "stop", stop->accepted, stop->reason);
  } else if (const auto* command = std::get_if<CommandTaken>(&observation.payload)) {
    take_command(entry, observation, *command);
  }
}

void Delta::take_belt(const IntakeEntry& entry, const material::Observation& observation,
                      const material::BeltReading& belt) {
  LineRow& line = touch(changed_.lines, base_.lines, observation.line);
  line.line = observation.line;
  line.site = entry.id.site;
  if (observation.time >= line.time) {
    line.time = observation.time;
    line.belt = belt;
  }
  for (const auto& interval : observation.intervals) {
    if (interval.tonnes.empty()) continue;
    LotRow& row = lot(interval.lot, entry, observation.line).row;
    if (row.started == Time{}) row.started = observation.time;
    row.passed = std::max(row.passed, interval.tonnes.to);
    line.lot = interval.lot;
    line.passed = row.passed;

    auto& runs = touch(changed_.runs, base_.runs, observation.line);
    runs_before_.try_emplace(observation.line, runs.size());
    if (!runs.empty() && runs.back().lot == interval.lot) {
      runs.back().tonnes.to = std::max(runs.back().tonnes.to, interval.tonnes.to);
    } else {
      const Tonnes total = runs.empty() ? Tonnes{0} : runs.back().line_t + runs.back().tonnes.mass();
      runs.push_back({observation.line, static_cast<std::int64_t>(runs.size()), interval.lot, interval.tonnes, total});
    }
  }
}

void Delta::take_health(const IntakeEntry& entry, const material::Observation& observation) {
  const auto& health = std::get<material::HealthReading>(observation.payload);
  InstrumentRow& row = touch(changed_.instruments, base_.instruments, observation.instrument);
  const bool new_state = row.time == Time{} || row.health.state != health.state || row.health.message != health.message;
  if (row.time == Time{} || row.health.state != health.state) row.since = observation.time;
  row.instrument = observation.instrument;
  row.line = observation.line;
  row.time = observation.time;
  row.health = health;
  if (new_state) history_rows_.push_back({entry.id, observation.time, row});
}

void Delta::take_cutter(const IntakeEntry& entry, const material::Observation& observation,
                        const material::CutterReading& cutter) {
  IncrementRow row{cutter.command_id, observation.instrument, {}, {}, cutter.increment, cutter.confirmed, cutter.mass_kg,
                   observation.time};
  if (!observation.intervals.empty()) {
    row.lot = observation.intervals.front().lot;
    row.tonnes = observation.intervals.front().tonnes;
  }
  increment_rows_.push_back({entry.id, observation.time, row});
  take_answer(entry, cutter.command_id, "cutter", cutter.confirmed, answer_text(cutter));
}

void Delta::take_command(const IntakeEntry& entry, const material::Observation& observation,
                         const material::CommandTaken& command) {
  take_answer(entry, command.command_id, "taken", true, command.detail);
  if (command.kind != "cut") return;
  // A cut's detail is "<lot>@<tonne mark>"; lots' names may hold any character but the mark does not.
  const auto at = command.detail.rfind('@');
  if (at == std::string::npos) return;
  double mark = 0;
  const char* const end = command.detail.data() + command.detail.size();
  const auto read = std::from_chars(command.detail.data() + at + 1, end, mark);
  if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(mark)) return;
  cut_order_rows_.push_back({entry.id, observation.time,
                             {command.command_id, LotId{command.detail.substr(0, at)}, Tonnes{mark}, command.requested_by,
                              observation.time}});
}

void Delta::take_answer(const IntakeEntry& entry, const std::string& command, const char* kind, bool accepted,
                        const std::string& detail) {
  if (command.empty()) return;
  answer_rows_.push_back({entry.id, entry.time, {command, kind, accepted, detail, entry.time, entry.id.epoch}});
}

void Delta::take_slice(const IntakeEntry& entry, const wire::SliceReport& report) {
  LotRow& row = lot(report.slice.lot, entry, report.line).row;
  if (row.started == Time{}) row.started = report.first;
  row.sliced = std::max(row.sliced, report.slice.tonnes.to);
  row.passed = std::max(row.passed, report.slice.tonnes.to);
  LotEpoch& part = epoch_of(row, entry.id.site, entry.id.epoch);
  part.last_sequence = std::max(part.last_sequence, entry.id.sequence);
  if (report.last_of_lot) {
    part.ended = true;
    row.finished = true;
    row.ended = report.last;
  }
  auto& coverage = touch(changed_.coverage, base_.coverage, report.slice.lot);
  const auto add = [&](const wire::SliceReport::Coverage& part, bool of_model) {
    auto known = std::find_if(coverage.begin(), coverage.end(),
                              [&](const CoverageRow& c) { return c.of_model == of_model && c.name == part.name; });
    if (known == coverage.end()) known = coverage.insert(coverage.end(), {part.name, of_model, true, {}});
    known->fitted = known->fitted && part.fitted;
    auto all = known->covered;
    for (const auto& covered : material::clipped(part.covered, report.slice.tonnes)) all.push_back(covered);
    known->covered = material::merged(std::move(all), kTouching);
  };
  for (const auto& part : report.models) add(part, true);
  for (const auto& part : report.instruments) add(part, false);
  slice_rows_.push_back({entry.id, entry.time, report});
}

void Delta::take_unreadable(const IntakeEntry& entry, std::string reason) {
  std::replace(reason.begin(), reason.end(), '\0', ' ');
  unreadable_rows_.push_back({entry.id, entry.time, std::move(reason)});
}

void Delta::merge_into(Mirror& mirror) && {
  for (auto& [key, value] : changed_.receipts) mirror.receipts[key] = std::move(value);
  for (auto& [key, value] : changed_.lots) mirror.lots[key] = std::move(value);
  for (auto& [key, value] : changed_.coverage) mirror.coverage[key] = std::move(value);
  for (auto& [key, value] : changed_.instruments) mirror.instruments[key] = std::move(value);
  for (auto& [key, value] : changed_.lines) mirror.lines[key] = std::move(value);
  for (auto& [key, value] : changed_.runs) mirror.runs[key] = std::move(value);
  for (auto& [key, value] : changed_.geometry) mirror.geometry[key] = value;
  for (auto& [key, id] : new_series_) mirror.series[key] = id;
  mirror.last_finding += findings_;
  mirror.last_series += series_;
  mirror.last_lot += lots_;
  for (const auto& row : unreadable_rows_) {
    auto& known = mirror.unreadable[{row.id.site, row.id.epoch}];
    known.insert(std::upper_bound(known.begin(), known.end(), row.id.sequence), row.id.sequence);
  }
}

}  // namespace beltwarden::record
