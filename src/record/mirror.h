// What the record keeps in memory of the newest state: answers without a query, and what intake folds into. Inside this
// module only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "record/database.h"
#include "record/intake.h"
#include "record/rows.h"

namespace beltwarden::record {

struct FrameGeometry {
  std::uint32_t width_px = 0, height_px = 0;
  double mm_per_px = 0;
};

struct LotEntry {
  LotRow row;
  std::int64_t ordinal = 0;                         ///< order of first appearance, from 1; 0 = new
};

using ReceiptKey = std::pair<SiteId, std::uint64_t>;
using SeriesKey = std::tuple<std::string, std::string, std::string, std::string, std::string>;  ///< lot model name unit line

struct Mirror {
  std::map<ReceiptKey, Receipt> receipts;
  std::map<LotId, LotEntry> lots;
  std::map<LotId, std::vector<CoverageRow>> coverage;
  std::map<InstrumentId, InstrumentRow> instruments;
  std::map<LineId, LineRow> lines;
  std::map<LineId, std::vector<RunRow>> runs;
  std::map<InstrumentId, FrameGeometry> geometry;   ///< not stored: known again from the next frame
  std::map<SeriesKey, std::int64_t> series;
  std::int64_t last_finding = 0, last_series = 0, last_lot = 0;
  std::map<ReceiptKey, std::vector<std::uint64_t>> unreadable;  ///< sequences, ascending
};

/// What a journal says of the lot; new when it has said nothing yet.
LotEpoch& epoch_of(LotRow& row, const SiteId& site, std::uint64_t epoch);

/// Reads it all from the tables.
Result<Mirror> load_mirror(Database& database);

/// "0-50;75.5-100" and back: merged coverage in one column.
std::string intervals_to_text(const std::vector<TonneInterval>& intervals);
Result<std::vector<TonneInterval>> intervals_from_text(const std::string& text);
std::string ranges_to_text(const std::vector<SequenceRange>& ranges);
Result<std::vector<SequenceRange>> ranges_from_text(const std::string& text);

}  // namespace beltwarden::record
