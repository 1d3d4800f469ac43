// Questions about stored evidence.
#include <cmath>

#include "record/state.h"

namespace beltwarden::record {
namespace {

using Number = long long;

constexpr const char* kColumns =
    "SELECT sha256, kind, media_type, size, instrument, frame_number, frame_sha256, line, lot, from_t, to_t, time, width_px,"
    " height_px, mm_per_px FROM evidence ";

/// Binds every column of kColumns and turns a fetched row into an EvidenceRow.
struct EvidenceColumns {
  std::string sha256, kind, media_type, instrument, frame_sha256, line, lot;
  Number size = 0, frame_number = 0, time = 0, width = 0, height = 0;
  double from = 0, to = 0, mm_per_px = 0;

  void bind(soci::statement& select) {
    using soci::into;
    select.exchange(into(sha256)), select.exchange(into(kind)), select.exchange(into(media_type));
    select.exchange(into(size)), select.exchange(into(instrument)), select.exchange(into(frame_number));
    select.exchange(into(frame_sha256)), select.exchange(into(line)), select.exchange(into(lot));
    select.exchange(into(from)), select.exchange(into(to)), select.exchange(into(time)), select.exchange(into(width));
    select.exchange(into(height)), select.exchange(into(mm_per_px));
  }

  EvidenceRow row() const {
    EvidenceRow result{sha256, kind, media_type, static_cast<std::uint64_t>(size), InstrumentId{instrument},
                       static_cast<std::uint64_t>(frame_number), frame_sha256, LineId{line}, std::nullopt, Time{time},
                       static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height), mm_per_px};
    if (!lot.empty()) result.where = material::LotInterval{LotId{lot}, {Tonnes{from}, Tonnes{to}}};
    return result;
  }
};

}  // namespace

Result<EvidenceRow> Record::evidence(const std::string& sha256) const {
  auto found = state_->reader.read("reading evidence", [&](soci::session& sql) {
    EvidenceColumns columns;
    soci::statement select(sql);
    columns.bind(select);
    select.exchange(soci::use(sha256, "sha256"));
    select.alloc();
    select.prepare(std::string(kColumns) + "WHERE sha256 = :sha256");
    select.define_and_bind();
    std::optional<EvidenceRow> row;
    if (select.execute(true)) row = columns.row();
    return row;
  });
  if (!found) return found.error();
  if (!*found) return not_found("no evidence with SHA-256 " + sha256);
  return **found;
}

Result<std::string> Record::evidence_bytes(const std::string& sha256) const {
  auto digest = sha256_from_hex(sha256);
  if (!digest) return digest.error();
  return state_->evidence.get(*digest);
}

Result<EvidenceRow> Record::nearest_frame(const LineId& line, const LotId& lot, Tonnes mark) const {
  auto found = state_->reader.read("reading frames", [&](soci::session& sql) {
    std::optional<EvidenceRow> nearest;
    double distance = 0;
    for (const char* side : {" AND from_t <= :mark ORDER BY from_t DESC LIMIT 1", " AND from_t > :mark ORDER BY from_t LIMIT 1"}) {
      EvidenceColumns columns;
      const std::string of_lot = lot.str(), of_line = line.str();
      soci::statement select(sql);
      columns.bind(select);
      select.exchange(soci::use(of_lot, "lot"));
      select.exchange(soci::use(of_line, "line"));
      select.exchange(soci::use(mark.value, "mark"));
      select.alloc();
      select.prepare(std::string(kColumns) + "WHERE lot = :lot AND kind = 'frame' AND line = :line" + side);
      select.define_and_bind();
      if (!select.execute(true)) continue;
      const double away = std::abs((columns.from + columns.to) / 2 - mark.value);
      if (!nearest || away < distance) {
        nearest = columns.row();
        distance = away;
      }
    }
    return nearest;
  });
  if (!found) return found.error();
  if (!*found) return not_found("no picture of lot " + lot.str() + " on line " + line.str() + " has been archived");
  return **found;
}

}  // namespace beltwarden::record
