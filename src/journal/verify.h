// Checks a journal's every byte.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/hash.h"
#include "base/ids.h"
#include "base/result.h"

namespace beltwarden::journal {

/// What a whole journal holds. `first_sequence` > 1 says that retention has removed entries before it: the chain is
/// checked from the hash that the first remaining segment carries.
struct VerifyReport {
  SiteId site;
  std::uint64_t epoch = 0;
  std::uint64_t entries = 0;
  std::uint64_t first_sequence = 0;  ///< 0 when there is no entry
  std::uint64_t last_sequence = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;           ///< of the segments that were checked
  Sha256 head_hash{};                ///< chain hash after the last entry: the same for the same entries, anywhere
  bool being_written = false;        ///< a writer is at work: checked up to what is durable
};

/// Whether a folder holds anything of a journal: its state, or segments.
bool is_journal(const std::filesystem::path& folder);

/// Checks the state file, every header, entry, link of the chain, that no byte lies between or after them, and that
/// nothing that was durable is missing. The error (kCorrupt) names the first bad entry: segment, byte, sequence and
/// what is wrong. A torn tail is an error too: Journal::open() mends it, and then the journal is whole.
/// kNotFound: there is no journal. May run beside a writer. Memory use is bounded by the largest entry.
Result<VerifyReport> verify(const std::filesystem::path& folder);

}  // namespace beltwarden::journal
