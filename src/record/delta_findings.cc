// Findings, their points and their evidence.
#include <algorithm>

#include "record/delta.h"

namespace beltwarden::record {

Result<void> Delta::take_finding(wire::Finding finding, EvidenceStore& store) {
  const std::int64_t number = base_.last_finding + ++findings_;
  for (auto& evidence : finding.evidence) {
    if (evidence.bytes.empty()) continue;
    auto digest = store.put(evidence.bytes);
    if (!digest) return digest.error();
    EvidenceRow row;
    row.sha256 = to_hex(*digest);
    row.kind = evidence.kind;
    row.media_type = evidence.media_type;
    row.size = evidence.bytes.size();
    row.instrument = evidence.instrument;
    row.frame_number = evidence.frame_number;
    row.line = finding.line;
    row.where = finding.where;
    row.time = finding.time;
    add_evidence(std::move(row));
    evidence.digest = *digest;
    evidence.bytes.clear();
  }
  take_points(number, finding);
  finding_rows_.push_back({number, committed.fresh.size() - 1, std::move(finding)});
  return {};
}

void Delta::take_points(std::int64_t number, const wire::Finding& finding) {
  if (finding.verdict == wire::Verdict::kDontKnow) return;
  for (const auto& measured : finding.measured) {
    const SeriesKey key{finding.where.lot.str(), finding.model, measured.name, measured.unit, finding.line.str()};
    std::int64_t id = 0;
    if (auto known = base_.series.find(key); known != base_.series.end()) {
      id = known->second;
    } else {
      auto& fresh = touch(changed_.series, base_.series, key);
      if (fresh == 0) {
        fresh = base_.last_series + ++series_;
        new_series_.push_back({key, fresh});
      }
      id = fresh;
    }
    point_rows_.push_back({number, id, finding.where.tonnes, measured, finding.time,
                           finding.verdict == wire::Verdict::kSuspect});
  }
}

Result<void> Delta::take_blob(const IntakeEntry& entry, const wire::EvidenceBlob& blob, EvidenceStore& store) {
  if (sha256(blob.bytes) != blob.digest) {
    take_unreadable(entry, "evidence: its bytes are not those of its digest " + to_hex(blob.digest));
    return {};
  }
  if (auto stored = store.put(blob.digest, blob.bytes); !stored) return stored;
  EvidenceRow row;
  const bool is_frame = blob.frame_digest != Sha256{};
  row.sha256 = to_hex(blob.digest);
  row.kind = is_frame ? "frame" : "document";
  row.media_type = blob.media_type;
  row.size = blob.bytes.size();
  row.instrument = blob.instrument;
  row.frame_number = blob.frame_number;
  if (is_frame) row.frame_sha256 = to_hex(blob.frame_digest);
  row.where = blob.where;
  row.time = entry.time;
  if (auto lot = changed_.lots.find(blob.where.lot); lot != changed_.lots.end()) {
    row.line = lot->second.row.line;
  } else if (auto known = base_.lots.find(blob.where.lot); known != base_.lots.end()) {
    row.line = known->second.row.line;
  }
  if (auto geometry = changed_.geometry.find(blob.instrument); geometry != changed_.geometry.end()) {
    row.width_px = geometry->second.width_px;
    row.height_px = geometry->second.height_px;
    row.mm_per_px = geometry->second.mm_per_px;
  } else if (auto known = base_.geometry.find(blob.instrument); known != base_.geometry.end()) {
    row.width_px = known->second.width_px;
    row.height_px = known->second.height_px;
    row.mm_per_px = known->second.mm_per_px;
  }
  add_evidence(std::move(row));
  return {};
}

void Delta::add_evidence(EvidenceRow row) {
  const auto same = [&](const EvidenceRow& known) { return known.sha256 == row.sha256; };
  if (std::none_of(evidence_rows_.begin(), evidence_rows_.end(), same)) evidence_rows_.push_back(std::move(row));
}

}  // namespace beltwarden::record
