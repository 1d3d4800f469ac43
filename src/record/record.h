// The center's system of record: what arrived, what was found, who did what. docs/record.md tells the schema.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "record/event.h"
#include "record/evidence_store.h"
#include "record/intake.h"
#include "record/rows.h"

namespace beltwarden::record {

struct RecordOptions {
  /// "sqlite:///path/center.db" or "postgresql://dbname=... host=... user=..." (libpq's words after the slashes).
  std::string database;
  std::filesystem::path evidence_folder;
  Duration lock_timeout = seconds(5);               ///< how long to wait for another process that writes (SQLite)
};

/// One schema on SQLite and PostgreSQL. Safe from any thread: one writer at a time, readers beside it.
/// Every failure of the database (full disk, lock, lost connection) comes back as an error and leaves nothing half
/// written; a lost connection is opened anew at the next call.
class Record {
 public:
  /// Brings the schema up to this version; refuses one that is newer. `wall` and `log` must outlive the record.
  static Result<std::unique_ptr<Record>> open(const RecordOptions& options, const Clock& wall, Log& log);
  ~Record();

  // --- intake ---------------------------------------------------------------------------------------------------
  /// Takes a batch in one transaction, durable when it returns. Entries seen before (same site, epoch and sequence) change
  /// nothing. On an error nothing was taken and the batch may be offered again.
  Result<Committed> commit(const IntakeBatch& batch);

  /// Every (site, epoch) that has sent something, ascending.
  std::vector<Receipt> receipts() const;
  Receipt receipt(const SiteId& site, std::uint64_t epoch) const;

  LatencySummary sensor_to_center() const;          ///< since start
  std::uint64_t entries() const;                    ///< accounted for, in all epochs
  std::uint64_t unreadable() const;
  /// Sequences of what arrived and could not be read, ascending.
  std::vector<std::uint64_t> unreadable_entries(const SiteId& site, std::uint64_t epoch) const;

  // --- questions ------------------------------------------------------------------------------------------------
  Result<std::vector<StoredFinding>> findings(const FindingQuery& query) const;
  Result<StoredFinding> finding(std::int64_t number) const;
  Result<std::vector<StoredFinding>> findings_by_number(const std::vector<std::int64_t>& numbers) const;
  /// Thinned to at most `query.max` points a series; the lowest, the highest and every suspect stretch stay visible.
  Result<std::vector<Series>> series(const SeriesQuery& query) const;
  Result<std::vector<LotMean>> lot_means(const LotId& lot, const std::string& model) const;
  /// What `model` said last of each name, by the end of its tonnes.
  Result<std::vector<LatestValue>> latest_values(const LotId& lot, const std::string& model) const;
  std::vector<CoverageRow> coverage(const LotId& lot) const;
  std::vector<LotRow> lots() const;                 ///< in order of first appearance
  std::optional<LotRow> lot(const LotId& lot) const;
  std::vector<InstrumentRow> instruments() const;
  /// How every instrument of the line was when the lot's last slice closed.
  Result<std::vector<InstrumentRow>> instruments_at_end(const LotId& lot) const;
  std::vector<LineRow> lines() const;
  std::vector<RunRow> runs(const LineId& line) const;
  Result<std::vector<IncrementRow>> increments(const LotId& lot) const;
  Result<std::vector<IncrementRow>> increments_of(const std::string& command_id) const;
  Result<std::vector<CutOrderRow>> cut_orders(const LotId& lot) const;           ///< by tonne mark
  Result<std::vector<AnswerRow>> answers(const std::string& command_id) const;   ///< oldest first

  // --- evidence -------------------------------------------------------------------------------------------------
  Result<EvidenceRow> evidence(const std::string& sha256) const;
  Result<std::string> evidence_bytes(const std::string& sha256) const;   ///< digest checked
  /// The archived picture nearest to a tonne of a lot.
  Result<EvidenceRow> nearest_frame(const LineId& line, const LotId& lot, Tonnes mark) const;

  // --- acts -----------------------------------------------------------------------------------------------------
  /// Events, accounts and sessions in one transaction. Returns the events with number and hash.
  struct Acts {
    std::vector<NewEvent> events;
    std::vector<Account> accounts;                  ///< inserted or replaced
    std::vector<SessionRow> sessions;               ///< new ones
    std::vector<std::string> ended_sessions;        ///< by token_sha256
    std::vector<SessionRow> used_sessions = {};     ///< seen again; one that has ended meanwhile stays ended
    std::vector<UserId> signed_out_users = {};      ///< all of their sessions end
  };
  Result<std::vector<Event>> append(const Acts& acts);
  Result<std::vector<Event>> events_after(std::int64_t number, std::uint32_t limit) const;    ///< ascending
  Result<std::vector<Event>> events_before(std::int64_t number, std::uint32_t limit) const;   ///< descending; 0 = from the end
  Result<ChainReport> verify_events() const;
  /// The same, a page at a time: call until the walk is done or the report is not whole.
  Result<ChainReport> verify_some(ChainWalk& walk) const;
  Result<std::vector<Account>> accounts() const;
  Result<std::vector<SessionRow>> sessions() const;

 private:
  struct State;
  explicit Record(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::record
