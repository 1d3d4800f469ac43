// Brings what arrives at the center into order: each entry once, none skipped in silence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "transport/transport.h"

namespace beltwarden::transport {

/// Orders and de-duplicates by (site, epoch, sequence) and knows what is missing. Pure: no I/O, no clock of its own.
/// Not synchronised. Each (site, epoch) is a stream of its own; what waits for a missing entry is bounded, and an
/// entry that does not fit in is dropped and counts as missing.
class SequenceTracker {
 public:
  struct Options {
    std::size_t max_waiting = 65'536;               ///< entries out of order, of all streams
    std::size_t max_waiting_bytes = 128u << 20;     ///< of their payloads
    std::size_t max_streams = 1024;                 ///< entries of further ones are dropped and counted
    Duration patience = milliseconds(100);          ///< a gap younger than this may be mere disorder
    Duration repeat_after = milliseconds(1000);     ///< a repair that brought nothing is asked for again
    std::uint64_t max_repair = 4096;                ///< entries asked for at once
  };
  struct Counts {
    std::uint64_t delivered = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t out_of_order = 0;  ///< arrived before one that precedes them
    std::uint64_t dropped = 0;       ///< did not fit in; asked for again
  };
  /// A stretch of a stream, ends included.
  using Stretch = RepairRequest;

  SequenceTracker();
  explicit SequenceTracker(Options options);

  /// The record has everything up to `sequence`: call for each known stream at start.
  void resume(const SiteId& site, std::uint64_t epoch, std::uint64_t sequence);

  /// Takes what arrived; returns what may be recorded now: each entry exactly once, in order within its stream.
  std::vector<Envelope> take(std::vector<Envelope> arrived, Duration now);

  /// The last sequence delivered, before which nothing is missing; acknowledge it after the record's commit.
  std::uint64_t contiguous(const SiteId& site, std::uint64_t epoch) const;

  /// What is known to be missing now: between what was delivered and what waits.
  std::vector<Stretch> gaps() const;

  /// The repairs to ask for now. `now`: a monotonic time of the machine.
  std::vector<RepairRequest> due_repairs(Duration now);

  /// Entries that the site no longer has (its retention removed them before this center asked): they will never come,
  /// and the stream goes on after them. Returned once; a lot they belonged to has a hole.
  std::vector<Stretch> take_lost();

  const Counts& counts() const { return counts_; }

 private:
  using Key = std::pair<SiteId, std::uint64_t>;
  struct Watch {
    Duration since;          // first seen, or asked for last
    bool requested = false;
  };
  struct Stream {
    std::uint64_t contiguous = 0;
    std::uint64_t highest = 0;                  // that ever arrived, dropped or not
    std::map<std::uint64_t, Envelope> waiting;  // by sequence, all beyond contiguous + 1
    std::map<std::uint64_t, Watch> watched;     // gaps by their first sequence
  };

  void accept(const Key& key, Stream& stream, Envelope envelope, std::vector<Envelope>& deliverable);
  void deliver_waiting(Stream& stream, std::vector<Envelope>& deliverable);
  void give_up_before(const Key& key, Stream& stream, std::uint64_t oldest, std::vector<Envelope>& deliverable);
  static std::vector<Stretch> gaps_of(const Key& key, const Stream& stream);

  Options options_;
  std::map<Key, Stream> streams_;
  std::size_t waiting_ = 0, waiting_bytes_ = 0;
  std::vector<Stretch> lost_;
  Counts counts_;
};

}  // namespace beltwarden::transport
