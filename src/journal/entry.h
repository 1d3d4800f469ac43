// What a journal holds.
#pragma once

#include <cstdint>
#include <string>

#include "base/hash.h"
#include "base/ids.h"
#include "base/time.h"

namespace beltwarden::journal {

/// Kind of an entry; the numbers are part of the file format and never reused.
enum class EntryKind : std::uint8_t {
  kObservation = 1,
  kFinding = 2,
  kEvidence = 3,
  kSlice = 4,
  kEvent = 5,
  kCommand = 6,
};

/// The largest payload: evidence is a digest and features, never whole pictures.
constexpr std::uint32_t kMaxPayloadBytes = 16u << 20;

struct Entry {
  EntryId id;
  EntryKind kind = EntryKind::kObservation;
  Time time;            ///< given by the caller of append()
  std::string payload;  ///< not interpreted here
  Sha256 hash{};        ///< chain hash after this entry
};

}  // namespace beltwarden::journal
