// Sends a site's journal to the center, again and again until the center's record has it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "transport/transport.h"

namespace beltwarden::site {

/// What the center needs of an entry: sets `envelope.payload`, and `received` where the payload tells it. An error is
/// logged, and the entry travels as it is: a hole in the sequence would be worse than a payload that is too rich.
using Packer = std::function<Result<void>(const journal::Entry& entry, transport::Envelope& envelope)>;

struct OutboxOptions {
  std::size_t batch = 256;                 ///< entries sent at once
  std::size_t batch_bytes = 4u << 20;      ///< of their payloads; one larger entry goes alone
  std::uint64_t window = 16'384;           ///< entries on their way without acknowledgement
  Duration resend_after = seconds(3);      ///< no acknowledgement for so long: begin again after the last one
  std::uint64_t max_repair = 16'384;       ///< entries sent for one repair request; more are the center's to ask for
};

struct OutboxCounts {
  std::uint64_t sent = 0;      ///< entries, repeated ones included
  std::uint64_t resent = 0;    ///< because no acknowledgement came
  std::uint64_t repaired = 0;  ///< because the center asked
};

/// At least once, in order as far as the transport keeps it. Begins after journal.acknowledged() and tells the
/// journal what the center has. start() runs it on a thread of its own; tests call step().
class Outbox {
 public:
  /// All referenced must outlive the outbox. `clock` must run with the machine's time even where the berth's is
  /// virtual: it measures resend_after. Without `packer` entries travel as they are.
  Outbox(journal::Journal& journal, transport::SiteEnd& end, OutboxOptions options, Packer packer, Log& log,
         const Clock& clock);
  ~Outbox();

  void start();
  /// Ends the thread. What is not acknowledged will be sent after the next start.
  void stop();

  /// One round: hear acknowledgements, answer repairs, send what may be sent. Says whether anything was done.
  /// Not while start()ed.
  Result<bool> step();

  OutboxCounts counts() const;

 private:
  void run();
  void hear();
  Result<bool> answer_repairs();
  Result<bool> send_next();
  /// Reads from `reader` up to entry `last` and sends one batch; returns how many entries went.
  Result<std::uint64_t> send_batch(journal::Reader& reader, std::uint64_t last);
  transport::Envelope pack(journal::Entry entry);
  Result<void> seek(std::optional<journal::Reader>& reader, std::uint64_t sequence);

  journal::Journal& journal_;
  transport::SiteEnd& end_;
  const OutboxOptions options_;
  const Packer packer_;
  Log& log_;
  const Clock& clock_;
  std::optional<journal::Reader> reader_;         // at next_
  std::optional<journal::Reader> repair_reader_;
  std::uint64_t next_;                            // first entry not yet sent
  std::uint64_t furthest_;                        // last entry ever sent: what goes before it is a repetition
  Duration progress_;                             // when the center was last heard of, or nothing was owed
  std::atomic<std::uint64_t> sent_{0}, resent_{0}, repaired_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace beltwarden::site
