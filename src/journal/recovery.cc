#include "journal/recovery.h"

#include <algorithm>
#include <limits>
#include <system_error>

#include "base/file.h"
#include "journal/format.h"

namespace beltwarden::journal {
namespace {

constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kYear2020Ns = 1'577'836'800'000'000'000;

Result<State> begin_anew(const Options& options, StateFile& file, Log& log, const Clock& clock) {
  const Time now = clock.now();
  if (now.ns < kYear2020Ns && options.least_epoch <= 1) {
    log.warning("journal of " + options.site.str() + ": the clock says " + to_rfc3339(now) +
                " while a new epoch is chosen from it; set the clock before a journal is begun");
  }
  const std::uint64_t from_clock = now.ns > 0 ? static_cast<std::uint64_t>(now.ns / 1'000'000) : 0;
  State state;
  state.site = options.site;
  state.epoch = std::max({from_clock, options.least_epoch, std::uint64_t{1}});
  state.durable_hash = genesis_hash(state.site, state.epoch);
  auto done = file.write(state);
  if (done) done = file.sync();
  if (done) done = sync_folder(options.folder);
  if (!done) return done.error();
  return state;
}

// Segments that retention had decided to remove when the process died.
Result<void> finish_removal(const State& state, std::vector<SegmentName>& segments) {
  while (segments.size() > 1 && segments[1].first_sequence <= state.first_sequence) {
    std::error_code failure;
    std::filesystem::remove(segments.front().path, failure);
    if (failure) return io_error("cannot remove " + segments.front().path.string() + ": " + failure.message());
    segments.erase(segments.begin());
  }
  return {};
}

// A last segment whose header never became whole: the process died while it began one.
Result<void> drop_unbegun_segment(const State& state, std::vector<SegmentName>& segments, RecoveryReport& report) {
  if (segments.empty() || segments.back().first_sequence <= state.durable_sequence) return {};
  std::error_code failure;
  const auto bytes = std::filesystem::file_size(segments.back().path, failure);
  if (failure) return io_error("cannot read the length of " + segments.back().path.string() + ": " + failure.message());
  if (bytes > kBlockBytes || read_header(segments.back().path)) return {};
  std::filesystem::remove(segments.back().path, failure);
  if (failure) return io_error("cannot remove " + segments.back().path.string() + ": " + failure.message());
  report.torn_bytes += bytes;
  report.torn_segment = segments.back().path.filename().string();
  segments.pop_back();
  return {};
}

Result<void> cut_torn_tail(const SegmentName& segment, const SegmentScan& scan, const State& state, bool fsync,
                           RecoveryReport& report) {
  const Fault& fault = *scan.fault;
  const std::string description = describe(segment.path, fault);
  if (fault.whole_frame) return corrupt(description);
  if (fault.sequence <= state.durable_sequence) {
    return corrupt(description + "; it had been durable, so this is damage and not a torn write");
  }
  auto followed = durable_successor(segment.path, fault.offset, fault.sequence);
  if (!followed) return followed.error();
  if (*followed) return corrupt(description + "; whole entries follow it, so this is damage and not a torn write");
  auto file = FileHandle::open(segment.path, FileHandle::Mode::kReadWrite);
  if (!file) return file.error();
  auto cut = file->truncate(scan.good_bytes);
  if (cut && fsync) cut = file->sync();
  if (!cut) return cut.error();
  report.torn_bytes += scan.file_bytes - scan.good_bytes;
  report.torn_segment = segment.path.filename().string();
  report.torn_at = scan.good_bytes;
  return {};
}

// Checks headers of all and entries of the newest segments; fills `segments`, `end` and the report.
Result<void> check_segments(const Options& options, const std::vector<SegmentName>& names, Recovered& journal) {
  const State& state = journal.state;
  std::uint64_t newer_bytes = 0;
  for (const auto& name : names) {
    std::error_code failure;
    const auto bytes = std::filesystem::file_size(name.path, failure);
    if (failure) return io_error("cannot read the length of " + name.path.string() + ": " + failure.message());
    journal.segments.push_back({name.path, name.first_sequence, bytes, Time{}});
    newer_bytes += bytes;
  }
  std::vector<SegmentHeader> headers;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto header = read_header(names[i].path);
    if (!header) return header.error().within("entry " + std::to_string(names[i].first_sequence));
    const bool fits = header->site == state.site && header->epoch == state.epoch &&
                      header->first_sequence == names[i].first_sequence &&
                      (i == 0 || header->previous_bytes == journal.segments[i - 1].bytes) &&
                      (names[i].first_sequence != 1 ||
                       header->previous_hash == genesis_hash(state.site, state.epoch));
    if (!fits) {
      return corrupt("entry " + std::to_string(names[i].first_sequence) + ": the header of " +
                     names[i].path.filename().string() + " does not continue what is before it");
    }
    if (i > 0) journal.segments[i - 1].newest = header->newest;
    headers.push_back(std::move(*header));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool last = i + 1 == names.size();
    const bool skip = !last && newer_bytes > options.check_bytes;
    newer_bytes -= journal.segments[i].bytes;
    if (skip) continue;
    const ChainPoint begin{headers[i].first_sequence - 1, headers[i].previous_hash, headers[i].newest};
    auto scan = scan_segment(names[i].path, begin, kNoEnd, state.durable_sequence);
    if (!scan) return scan.error();
    if (scan->fault) {
      if (!last) return corrupt(describe(names[i].path, *scan->fault));
      if (auto cut = cut_torn_tail(names[i], *scan, state, options.fsync, journal.report); !cut) return cut.error();
    }
    if (scan->hash_at_mark && *scan->hash_at_mark != state.durable_hash) {
      return corrupt("entry " + std::to_string(state.durable_sequence) + ": its chain hash is not the one that " +
                     kStateName + " noted when it became durable");
    }
    if (!last && (scan->end.sequence + 1 != headers[i + 1].first_sequence ||
                  scan->end.hash != headers[i + 1].previous_hash)) {
      return corrupt("entry " + std::to_string(scan->end.sequence + 1) + ": " +
                     names[i + 1].path.filename().string() + " does not continue the chain of " +
                     names[i].path.filename().string());
    }
    journal.report.entries_checked += scan->end.sequence - begin.sequence;
    journal.segments[i].bytes = scan->good_bytes;
    journal.segments[i].newest = scan->end.newest;
    journal.end = scan->end;
  }
  return {};
}

}  // namespace

Result<Recovered> recover(const Options& options, Log& log, const Clock& clock) {
  std::error_code failure;
  std::filesystem::create_directories(options.folder, failure);
  if (failure) return io_error("cannot make folder " + options.folder.string() + ": " + failure.message());
  auto file = StateFile::open_for_writing(options.folder);
  if (!file) return file.error();
  auto found = file->read();
  if (!found) return found.error();
  auto segments = list_segments(options.folder);
  if (!segments) return segments.error();

  RecoveryReport report;
  if (!*found) {
    if (!segments->empty()) {
      return corrupt(options.folder.string() + ": has " + std::to_string(segments->size()) + " segments but no " +
                     kStateName + ", which says what was durable; put it back, or move the segments away");
    }
    auto state = begin_anew(options, *file, log, clock);
    if (!state) return state.error();
    report.begun_anew = true;
    const ChainPoint end{0, state->durable_hash, Time{}};
    return Recovered{std::move(*file), std::move(*state), {}, end, report};
  }

  Recovered journal{std::move(*file), std::move(**found), {}, {}, report};
  State& state = journal.state;
  if (state.site != options.site) {
    return conflict(options.folder.string() + ": the journal of site '" + state.site.str() + "', not of '" +
                    options.site.str() + "'");
  }
  if (auto done = finish_removal(state, *segments); !done) return done.error();
  if (auto done = drop_unbegun_segment(state, *segments, journal.report); !done) return done.error();
  journal.end = {0, genesis_hash(state.site, state.epoch), Time{}};
  if (!segments->empty() && segments->front().first_sequence > state.first_sequence) {
    return corrupt("entry " + std::to_string(state.first_sequence) + ": missing, the first segment is " +
                   segments->front().path.filename().string());
  }
  if (auto done = check_segments(options, *segments, journal); !done) return done.error();
  if (journal.end.sequence < state.durable_sequence) {
    return corrupt("entry " + std::to_string(journal.end.sequence + 1) + ": missing, with all up to " +
                   std::to_string(state.durable_sequence) + ", which had been durable");
  }

  // Entries beyond the mark are whole but perhaps only in the page cache: make them durable before saying so.
  if (!segments->empty() && options.fsync) {
    auto last = FileHandle::open(segments->back().path, FileHandle::Mode::kReadWrite);
    if (!last) return last.error();
    if (auto synced = last->sync(); !synced) return synced.error();
  }
  state.durable_sequence = journal.end.sequence;
  state.durable_hash = journal.end.hash;
  if (auto written = journal.file.write(state); !written) return written.error();
  if (journal.report.torn_bytes > 0) {
    log.warning("journal of " + state.site.str() + ": dropped " + std::to_string(journal.report.torn_bytes) +
                " bytes after entry " + std::to_string(journal.end.sequence) + " in " + journal.report.torn_segment +
                ", the torn end of a write that was not yet durable");
  }
  return journal;
}

}  // namespace beltwarden::journal
