// One batch, folded: the rows to insert and the states to replace. Inside this module only.
#pragma once

#include <set>

#include "base/result.h"
#include "record/database.h"
#include "record/evidence_store.h"
#include "record/mirror.h"

namespace beltwarden::record {

/// Built from a batch over the mirror without changing it; written in one transaction; then merged into the mirror.
class Delta {
 public:
  explicit Delta(const Mirror& base) : base_(base) {}

  /// Accounts for the entry and folds what it holds. Evidence bytes go to `store`, durable before the transaction begins.
  Result<void> take(const IntakeEntry& entry, std::uint32_t index, EvidenceStore& store);

  /// Inserts and updates everything. Throws what SOCI throws.
  void write(soci::session& sql);

  /// What has been written becomes the newest state.
  void merge_into(Mirror& mirror) &&;

  Committed committed;
  /// What of the batch could not be read, with the reason of each.
  std::vector<std::pair<EntryId, std::string>> unreadable() const {
    std::vector<std::pair<EntryId, std::string>> all;
    for (const auto& row : unreadable_rows_) all.emplace_back(row.id, row.row);
    return all;
  }


 private:
  template <class Key, class Value>
  static Value& touch(std::map<Key, Value>& changed, const std::map<Key, Value>& base, const Key& key) {
    auto [place, fresh] = changed.try_emplace(key);
    if (fresh) {
      if (auto known = base.find(key); known != base.end()) place->second = known->second;
    }
    return place->second;
  }

  LotEntry& lot(const LotId& id, const IntakeEntry& entry, const LineId& line);
  void take_observation(const IntakeEntry& entry, const material::Observation& observation);
  void take_belt(const IntakeEntry& entry, const material::Observation& observation, const material::BeltReading& belt);
  void take_health(const IntakeEntry& entry, const material::Observation& observation);
  void take_cutter(const IntakeEntry& entry, const material::Observation& observation,
                   const material::CutterReading& cutter);
  void take_command(const IntakeEntry& entry, const material::Observation& observation,
                    const material::CommandTaken& command);
  void take_answer(const IntakeEntry& entry, const std::string& command, const char* kind, bool accepted,
                   const std::string& detail);
  Result<void> take_finding(wire::Finding finding, EvidenceStore& store);
  void take_slice(const IntakeEntry& entry, const wire::SliceReport& report);
  Result<void> take_blob(const IntakeEntry& entry, const wire::EvidenceBlob& blob, EvidenceStore& store);
  void take_unreadable(const IntakeEntry& entry, std::string reason);
  void take_points(std::int64_t number, const wire::Finding& finding);
  void add_evidence(EvidenceRow row);

  void write_states(soci::session& sql);
  void write_lots(soci::session& sql);
  void write_findings(soci::session& sql);
  void write_points(soci::session& sql);
  void write_rows(soci::session& sql);

  struct FindingOut {
    std::int64_t number;
    std::size_t fresh_index;                        ///< in committed.fresh
    wire::Finding finding;                          ///< without evidence bytes
  };
  struct PointOut {
    std::int64_t finding, series;
    TonneInterval tonnes;
    wire::Measured measured;
    Time time;
    bool suspect;
  };
  template <class Row>
  struct Numbered {
    EntryId id;
    Time time;
    Row row;
  };

  const Mirror& base_;
  Mirror changed_;                                  ///< only what this batch touches
  std::map<LineId, std::size_t> runs_before_;
  std::set<LotId> touched_coverage_;
  std::vector<std::pair<SeriesKey, std::int64_t>> new_series_;
  std::int64_t findings_ = 0, series_ = 0, lots_ = 0; ///< new ones
  std::vector<FindingOut> finding_rows_;
  std::vector<PointOut> point_rows_;
  std::vector<Numbered<std::string>> unreadable_rows_;
  std::vector<Numbered<wire::SliceReport>> slice_rows_;
  std::vector<Numbered<IncrementRow>> increment_rows_;
  std::vector<Numbered<AnswerRow>> answer_rows_;
  std::vector<Numbered<CutOrderRow>> cut_order_rows_;
  std::vector<Numbered<InstrumentRow>> history_rows_;
  std::vector<EvidenceRow> evidence_rows_;
};

}  // namespace beltwarden::record
