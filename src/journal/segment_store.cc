#include "journal/segment_store.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "journal/format.h"

namespace beltwarden::journal {

SegmentStore::SegmentStore(Settings settings, std::deque<Segment> segments, const ChainPoint& end)
    : settings_(std::move(settings)), segments_(std::move(segments)), end_(end) {
  for (const auto& segment : segments_) total_bytes_ += segment.bytes;
}

Result<std::size_t> SegmentStore::write(std::span<char> frames) {
  const auto frame_at = [&](std::size_t at) {
    return read_frame({frames.data() + at, kFrameHeadBytes});
  };
  const bool full = !segments_.empty() && segments_.back().bytes > kBlockBytes &&
                    segments_.back().bytes + frame_at(0).bytes() > settings_.segment_bytes;
  if (segments_.empty() || full) {
    if (auto begun = begin_segment(); !begun) return begun.error();
  } else if (!current_.is_open()) {
    auto file = FileHandle::open(segments_.back().path, FileHandle::Mode::kReadWrite);
    if (!file) return file.error();
    current_ = std::move(*file);
  }

  Segment& segment = segments_.back();
  ChainPoint end = end_;
  std::size_t taken = 0;
  while (taken < frames.size()) {
    const Frame frame = frame_at(taken);
    if (taken > 0 && segment.bytes + taken + frame.bytes() > settings_.segment_bytes) break;
    end.hash = seal_frame(frames.subspan(taken, frame.bytes()), end_.sequence, end.hash);
    end.sequence = frame.sequence;
    end.newest = std::max(end.newest, frame.time);
    taken += frame.bytes();
  }

  auto written = current_.write_at({frames.data(), taken}, segment.bytes);
  if (written) written = sync();
  if (!written) {
    // What arrived in part is taken back. After a failed fsync the kernel may drop the pages and report success
    // next time, so the repetition must write them again rather than flush again.
    (void)current_.truncate(segment.bytes);
    return written.error();
  }
  segment.bytes += taken;
  segment.newest = end.newest;
  total_bytes_ += taken;
  end_ = end;
  return taken;
}

Result<void> SegmentStore::begin_segment() {
  const SegmentHeader header{settings_.site, settings_.epoch, end_.sequence + 1, end_.hash,
                             segments_.empty() ? 0 : segments_.back().bytes, end_.newest};
  const auto path = settings_.folder / segment_name(header.first_sequence);
  auto file = FileHandle::open(path, FileHandle::Mode::kCreate);
  if (!file) return file.error();
  auto done = file->write_at(encode(header), 0);
  if (done && settings_.fsync) {
    done = file->sync();
    if (done) done = sync_folder(settings_.folder);
  }
  if (!done) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    return done.error();
  }
  current_ = std::move(*file);
  segments_.push_back({path, header.first_sequence, kBlockBytes, end_.newest});
  total_bytes_ += kBlockBytes;
  return {};
}

Result<void> SegmentStore::sync() {
  if (!settings_.fsync) return {};
  return current_.sync();
}

std::uint64_t SegmentStore::oldest_ends_at() const {
  return segments_.size() < 2 ? 0 : segments_[1].first_sequence - 1;
}

Result<void> SegmentStore::remove_oldest() {
  std::error_code failure;
  std::filesystem::remove(segments_.front().path, failure);
  if (failure) return io_error("cannot remove " + segments_.front().path.string() + ": " + failure.message());
  total_bytes_ -= segments_.front().bytes;
  segments_.pop_front();
  return {};
}

}  // namespace beltwarden::journal
