// The writer's segments: appends runs of entries durably, begins new segments, removes old ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <span>

#include "base/ids.h"
#include "base/result.h"
#include "journal/file_handle.h"
#include "journal/scan.h"

namespace beltwarden::journal {

/// One segment as the writer knows it.
struct Segment {
  std::filesystem::path path;
  std::uint64_t first_sequence = 0;
  std::uint64_t bytes = 0;
  Time newest;  ///< the latest entry time up to its end
};

/// Not synchronised: one thread at a time. After a failure nothing has changed, in memory as on disk, and the
/// same call may be repeated.
class SegmentStore {
 public:
  struct Settings {
    std::filesystem::path folder;
    SiteId site;
    std::uint64_t epoch = 0;
    std::uint64_t segment_bytes = 0;
    bool fsync = true;
  };

  /// Goes on after `end`, which is the last entry of the last of `segments`.
  SegmentStore(Settings settings, std::deque<Segment> segments, const ChainPoint& end);

  /// Seals and writes as many whole frames from the front of `frames` as the current segment takes (at least
  /// one), beginning a segment where needed; they are durable on return. Returns the bytes taken.
  Result<std::size_t> write(std::span<char> frames);

  const ChainPoint& end() const { return end_; }
  const std::deque<Segment>& segments() const { return segments_; }
  std::uint64_t total_bytes() const { return total_bytes_; }

  /// The last sequence of the oldest segment, or 0 when it is the only one and must stay.
  std::uint64_t oldest_ends_at() const;
  Result<void> remove_oldest();

 private:
  Result<void> begin_segment();
  Result<void> sync();

  const Settings settings_;
  std::deque<Segment> segments_;
  ChainPoint end_;
  std::uint64_t total_bytes_ = 0;
  FileHandle current_;  // of segments_.back(), once something was written
};

}  // namespace beltwarden::journal
