// The bytes of a journal: one block shape for segment headers and the state file, one frame shape for entries.
// docs/journal-format.md is the specification; this file is its only implementation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "journal/entry.h"

namespace beltwarden::journal {

constexpr std::size_t kBlockBytes = 160;      ///< a segment's header, and the whole state file
constexpr std::size_t kFrameHeadBytes = 68;   ///< what an entry takes beside its payload
constexpr std::size_t kMaxSiteBytes = 64;

/// The first bytes of a segment.
struct SegmentHeader {
  SiteId site;
  std::uint64_t epoch = 0;
  std::uint64_t first_sequence = 0;
  Sha256 previous_hash{};             ///< chain hash before the first entry of this segment
  std::uint64_t previous_bytes = 0;   ///< length of the segment before; 0 in the first of an epoch
  Time newest;                        ///< newest entry time before this segment: retention by age needs no scan
  bool operator==(const SegmentHeader&) const = default;
};

/// What is known of the journal as a whole; rewritten in place after every group commit.
struct State {
  SiteId site;
  std::uint64_t epoch = 0;
  std::uint64_t first_sequence = 1;    ///< oldest entry kept: retention has removed those before
  std::uint64_t durable_sequence = 0;  ///< entries up to here had been fsynced
  Sha256 durable_hash{};               ///< chain hash after `durable_sequence`
  std::uint64_t acknowledged = 0;      ///< the center's record has entries up to here
};

std::string encode(const SegmentHeader& header);
std::string encode(const State& state);
/// `where` opens the error's message.
Result<SegmentHeader> decode_header(std::string_view block, const std::string& where);
Result<State> decode_state(std::string_view block, const std::string& where);

/// The chain hash before entry 1 of an epoch: it binds the chain to its site and epoch.
Sha256 genesis_hash(const SiteId& site, std::uint64_t epoch);

/// The fields of an entry's frame, payload apart.
struct Frame {
  Sha256 hash{};
  std::uint32_t payload_bytes = 0;
  std::uint64_t sequence = 0;
  Time time;
  std::uint64_t durable = 0;  ///< what had been fsynced when this entry was written: tells torn from corrupt
  std::uint8_t kind = 0;
  bool marked = false;        ///< the frame's marker is in its place

  std::size_t bytes() const { return kFrameHeadBytes + payload_bytes; }
};

/// Appends a frame without hash and check sum; seal_frame() completes it when it is written.
void append_frame(std::string& out, EntryKind kind, Time time, std::uint64_t sequence, std::string_view payload);

/// Sets `durable`, chain hash and check sum of a whole frame; returns the new chain hash.
Sha256 seal_frame(std::span<char> frame, std::uint64_t durable, const Sha256& previous);

/// `head` holds at least kFrameHeadBytes.
Frame read_frame(std::string_view head);

/// Why `head` (short only at the end of the file) cannot be the beginning of entry `sequence`; empty when it can.
std::string head_problem(std::string_view head, std::uint64_t sequence);

/// Why the bytes of the whole frame are not what was written; empty when they are.
std::string body_problem(std::string_view frame);

/// The chain hash of a whole frame after `previous`. Borrows the frame's hash field while it computes.
Sha256 chain_hash(std::span<char> frame, const Sha256& previous);

/// "00000000000000000001.bwj": segments sort by name as by first sequence.
std::string segment_name(std::uint64_t first_sequence);
/// 0 when `name` is not a segment's.
std::uint64_t segment_sequence(const std::string& name);
constexpr const char* kStateName = "journal.state";

}  // namespace beltwarden::journal
