// The site's own record: append-only, fsynced in groups, check-summed and hash-chained.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "journal/entry.h"

namespace beltwarden::journal {

/// When the oldest segments may go. Whatever these say, entries that the center has not acknowledged stay, and those that the
/// writer asked to keep (Journal::keep_from).
struct Retention {
  std::uint64_t max_bytes = 0;  ///< 0: no limit by size
  Duration max_age;             ///< 0: no limit by age; counted from a segment's newest entry to the clock's now
};

struct Options {
  std::filesystem::path folder;                ///< made when absent
  SiteId site;                                 ///< 1 to 64 bytes
  std::uint64_t segment_bytes = 64u << 20;     ///< 4 KiB to 1 GiB; a larger entry has a segment of its own
  Duration commit_interval = milliseconds(5);  ///< longest wait of an entry for its group, where nobody waits for it
  std::uint64_t commit_bytes = 1u << 20;       ///< a group of this size is committed at once
  bool fsync = true;                           ///< false: survives the death of the process, not of the machine
  Retention retention;
  /// As by Journal::keep_from, until it is called: 0 keeps everything meanwhile.
  std::uint64_t keep_from = ~std::uint64_t{0};
  /// A journal begun anew takes at least this epoch: pass one more than the center knows of this site where it can
  /// be asked, which guards against a machine whose clock was set back. See docs/journal-format.md.
  std::uint64_t least_epoch = 1;
  /// open() checks the newest segments in full up to this size, older ones by their headers.
  std::uint64_t check_bytes = 256u << 20;
};

/// What open() found and mended.
struct RecoveryReport {
  bool begun_anew = false;          ///< a new epoch: the folder held no journal
  std::uint64_t entries_checked = 0;
  std::uint64_t torn_bytes = 0;     ///< dropped after the last whole entry; none of them had been durable
  std::string torn_segment;         ///< file name, empty when nothing was torn
  std::uint64_t torn_at = 0;        ///< byte of that segment
};

/// One writer for a folder, whichever the process; all calls are safe from any thread.
///
/// append() numbers and buffers; a thread of the journal's own writes and fsyncs what has gathered. It measures
/// commit_interval on the machine's clock, not on the injected one, which may stand still.
///
/// When the disk is full or fails, append() and the waits return the error; entries taken before stay in memory
/// and are tried again four times a second and at each commit(), so nothing is lost or doubled once there is room.
class Journal {
 public:
  /// Begins or continues the journal in the folder. A torn tail is dropped (see recovery()); damage anywhere else is
  /// refused with kCorrupt naming the entry. kConflict: another writer, or the journal of another site. `log` and
  /// `clock` must outlive the journal.
  static Result<std::unique_ptr<Journal>> open(Options options, Log& log, const Clock& clock);

  /// Commits what was appended.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Returns the entry's sequence. Not durable yet. Waits while the disk is far behind. After an error the entry
  /// was not taken.
  Result<std::uint64_t> append(EntryKind kind, Time time, std::string_view payload);
  /// Returns when the entry is durable, or with the error of an attempt made after this call; then it may still
  /// become durable later. Does not wait out commit_interval.
  Result<void> wait_durable(std::uint64_t sequence);
  /// Makes all that was appended before this call durable.
  Result<void> commit();
  /// Waits up to `timeout` (machine's clock) for something durable beyond `sequence`; returns durable_sequence().
  std::uint64_t wait_beyond(std::uint64_t sequence, Duration timeout);

  const SiteId& site() const;
  const std::filesystem::path& folder() const;
  std::uint64_t epoch() const;
  std::uint64_t first_sequence() const;    ///< oldest entry that retention has kept
  std::uint64_t last_sequence() const;     ///< 0 when there is none
  std::uint64_t durable_sequence() const;

  /// The center's record has all entries up to `sequence`. Kept over restarts; never goes back; a sequence that is
  /// not durable yet is logged and ignored.
  void acknowledge(std::uint64_t sequence);
  std::uint64_t acknowledged() const;

  /// Retention takes no segment that holds entry `sequence` or a later one: what the writer needs to restart from.
  void keep_from(std::uint64_t sequence);

  const RecoveryReport& recovery() const;

 private:
  class Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace beltwarden::journal
