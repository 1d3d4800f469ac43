// What arrives from a site, decoded, on its way into the center's record.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "material/observation.h"
#include "wire/codec.h"
#include "wire/finding.h"

namespace beltwarden::record {

/// An entry whose payload did not decode: its sequence is accounted for, and it is kept to be looked into.
struct Unreadable {
  std::string reason;
};

/// One journal entry of a site. Observations come as summaries (wire::encode_summary); most of them need no row of their
/// own, only their sequence is accounted for.
struct IntakeEntry {
  EntryId id;
  Time time;
  Time received;                                    ///< at the driver; zero when the entry has none
  std::variant<material::Observation, wire::Finding, wire::SliceReport, wire::EvidenceBlob, Unreadable> content;
};

/// What the sampler's answer says, for people.
std::string answer_text(const material::CutterReading& cutter);

/// Committed in one transaction: all of it or nothing.
struct IntakeBatch {
  std::vector<IntakeEntry> entries;
};

/// What a commit did.
struct Committed {
  std::vector<std::uint32_t> fresh;                 ///< indices into the batch of entries not seen before, ascending
  std::vector<std::int64_t> finding_numbers;        ///< of each entry of `fresh`: its finding's number, 0 for other content
  std::uint64_t duplicates = 0;
  Time committed;                                   ///< wall clock
};

/// Entries of one epoch of one site: everything up to `contiguous`, and what came beyond a gap.
struct SequenceRange {
  std::uint64_t first = 0, last = 0;                ///< both inclusive
  auto operator<=>(const SequenceRange&) const = default;
};
struct Receipt {
  SiteId site;
  std::uint64_t epoch = 0;
  std::uint64_t contiguous = 0;                     ///< 1...contiguous are all here
  std::vector<SequenceRange> beyond;                ///< ascending, disjoint, not touching
  /// The sequences missing below the highest one received.
  std::vector<SequenceRange> gaps() const;
  std::uint64_t highest() const { return beyond.empty() ? contiguous : beyond.back().last; }
  bool contains(std::uint64_t sequence) const;
  /// False when it was there already.
  bool add(std::uint64_t sequence);
};

}  // namespace beltwarden::record
