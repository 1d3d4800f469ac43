// Walks a segment and checks every byte of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "journal/format.h"

namespace beltwarden::journal {

/// A segment by its name; its bytes are not yet looked at.
struct SegmentName {
  std::filesystem::path path;
  std::uint64_t first_sequence = 0;
};

/// The segments of a folder in order. Other files are left alone.
Result<std::vector<SegmentName>> list_segments(const std::filesystem::path& folder);

/// Reads and checks the header alone.
Result<SegmentHeader> read_header(const std::filesystem::path& segment);

/// Where a chain of entries stands.
struct ChainPoint {
  std::uint64_t sequence = 0;  ///< of the last entry
  Sha256 hash{};               ///< after it
  Time newest;                 ///< the latest entry time so far
};

/// The first thing in a segment that is not as written.
struct Fault {
  std::uint64_t offset = 0;    ///< byte of the segment at which the bad entry begins
  std::uint64_t sequence = 0;  ///< the entry that should be there
  std::string what;
  bool whole_frame = false;    ///< its check sum fits: it was written so, hence never a torn write
};

struct SegmentScan {
  ChainPoint end;                      ///< after the last good entry
  std::uint64_t good_bytes = 0;        ///< length up to there
  std::uint64_t file_bytes = 0;
  std::optional<Sha256> hash_at_mark;  ///< chain hash after entry `mark`, when the walk passed it
  std::optional<Fault> fault;
};

/// Walks entries after `begin` (the state before the segment's first entry) and checks check sums, sequence and
/// chain up to the end of the file, or up to entry `last` where the file is being written. `mark`: see SegmentScan.
Result<SegmentScan> scan_segment(const std::filesystem::path& segment, const ChainPoint& begin, std::uint64_t last,
                                 std::uint64_t mark);

/// Whether beyond `offset` lies a whole entry that was written when `sequence` was already durable: then a bad
/// entry `sequence` is damage, and not the torn end of a write that a power cut left with holes.
Result<bool> durable_successor(const std::filesystem::path& segment, std::uint64_t offset, std::uint64_t sequence);

/// "entry 7 (00000000000000000001.bwj, byte 1234): what".
std::string describe(const std::filesystem::path& segment, const Fault& fault);

}  // namespace beltwarden::journal
