#include "record/record.h"

#include <algorithm>

#include "record/delta.h"
#include "record/schema.h"
#include "record/state.h"

namespace beltwarden::record {

Record::Record(std::unique_ptr<State> state) : state_(std::move(state)) {}
Record::~Record() = default;

Result<std::unique_ptr<Record>> Record::open(const RecordOptions& options, const Clock& wall, Log& log) {
  auto url = DatabaseUrl::parse(options.database);
  if (!url) return url.error();
  auto evidence = EvidenceStore::open(options.evidence_folder);
  if (!evidence) return evidence.error();
  auto state = std::make_unique<State>(*url, options.lock_timeout, *evidence, wall, log);
  if (auto migrated = migrate(state->writer); !migrated) return migrated.error().within("record");
  auto mirror = load_mirror(state->writer);
  if (!mirror) return mirror.error().within("record");
  state->mirror = std::move(*mirror);
  return std::unique_ptr<Record>(new Record(std::move(state)));
}

Result<Committed> Record::commit(const IntakeBatch& batch) {
  std::lock_guard one_at_a_time(state_->commit_mutex);
  // Only commits change the mirror, and this is the only one: reading it needs no lock.
  Delta delta(state_->mirror);
  for (std::uint32_t i = 0; i < batch.entries.size(); ++i) {
    if (auto taken = delta.take(batch.entries[i], i, state_->evidence); !taken) {
      return taken.error().within("entry " + to_string(batch.entries[i].id));
    }
  }
  if (!delta.committed.fresh.empty()) {
    auto written = state_->writer.write("committing a batch", [&](soci::session& sql) { delta.write(sql); });
    if (!written) return written.error();
  }
  delta.committed.committed = state_->wall.now();
  Committed committed = delta.committed;
  for (const auto& [id, reason] : delta.unreadable()) {
    // Reasons tell numbers and bytes: up to the first of them they are one cause.
    const std::string cause = reason.substr(0, reason.find_first_of("0123456789"));
    state_->log.warn_once("unreadable: " + cause, "entry " + to_string(id) + " could not be read and blocks its lot's release: " + reason);
  }
  std::unique_lock lock(state_->mirror_mutex);
  std::move(delta).merge_into(state_->mirror);
  for (const auto index : committed.fresh) {
    // What no instrument said (plans, findings) tells nothing of the way from a sensor.
    const auto* observation = std::get_if<material::Observation>(&batch.entries[index].content);
    const Time received = batch.entries[index].received;
    if (!observation || observation->instrument.empty() || received == Time{}) continue;
    state_->latency.add(committed.committed - received);
  }
  return committed;
}

std::vector<Receipt> Record::receipts() const {
  std::shared_lock lock(state_->mirror_mutex);
  std::vector<Receipt> all;
  for (const auto& [key, receipt] : state_->mirror.receipts) all.push_back(receipt);
  return all;
}

Receipt Record::receipt(const SiteId& site, std::uint64_t epoch) const {
  std::shared_lock lock(state_->mirror_mutex);
  const auto found = state_->mirror.receipts.find({site, epoch});
  return found == state_->mirror.receipts.end() ? Receipt{site, epoch, 0, {}} : found->second;
}

LatencySummary Record::sensor_to_center() const {
  std::shared_lock lock(state_->mirror_mutex);
  return state_->latency.summary();
}

std::uint64_t Record::entries() const {
  std::shared_lock lock(state_->mirror_mutex);
  std::uint64_t total = 0;
  for (const auto& [key, receipt] : state_->mirror.receipts) {
    total += receipt.contiguous;
    for (const auto& range : receipt.beyond) total += range.last - range.first + 1;
  }
  return total;
}

std::uint64_t Record::unreadable() const {
  std::shared_lock lock(state_->mirror_mutex);
  std::uint64_t total = 0;
  for (const auto& [key, sequences] : state_->mirror.unreadable) total += sequences.size();
  return total;
}

std::vector<std::uint64_t> Record::unreadable_entries(const SiteId& site, std::uint64_t epoch) const {
  std::shared_lock lock(state_->mirror_mutex);
  const auto found = state_->mirror.unreadable.find({site, epoch});
  return found == state_->mirror.unreadable.end() ? std::vector<std::uint64_t>{} : found->second;
}

std::vector<CoverageRow> Record::coverage(const LotId& lot) const {
  std::shared_lock lock(state_->mirror_mutex);
  const auto found = state_->mirror.coverage.find(lot);
  return found == state_->mirror.coverage.end() ? std::vector<CoverageRow>{} : found->second;
}

std::vector<LotRow> Record::lots() const {
  std::shared_lock lock(state_->mirror_mutex);
  std::vector<const LotEntry*> entries;
  for (const auto& [id, entry] : state_->mirror.lots) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(), [](auto* a, auto* b) { return a->ordinal < b->ordinal; });
  std::vector<LotRow> rows;
  for (const auto* entry : entries) rows.push_back(entry->row);
  return rows;
}

std::optional<LotRow> Record::lot(const LotId& lot) const {
  std::shared_lock lock(state_->mirror_mutex);
  const auto found = state_->mirror.lots.find(lot);
  if (found == state_->mirror.lots.end()) return std::nullopt;
  return found->second.row;
}

std::vector<InstrumentRow> Record::instruments() const {
  std::shared_lock lock(state_->mirror_mutex);
  std::vector<InstrumentRow> rows;
  for (const auto& [id, row] : state_->mirror.instruments) rows.push_back(row);
  return rows;
}

std::vector<LineRow> Record::lines() const {
  std::shared_lock lock(state_->mirror_mutex);
  std::vector<LineRow> rows;
  for (const auto& [id, row] : state_->mirror.lines) rows.push_back(row);
  return rows;
}

std::vector<RunRow> Record::runs(const LineId& line) const {
  std::shared_lock lock(state_->mirror_mutex);
  const auto found = state_->mirror.runs.find(line);
  return found == state_->mirror.runs.end() ? std::vector<RunRow>{} : found->second;
}

}  // namespace beltwarden::record
