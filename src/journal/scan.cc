#include "journal/scan.h"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "base/file.h"
#include "journal/file_handle.h"

namespace beltwarden::journal {

Result<std::vector<SegmentName>> list_segments(const std::filesystem::path& folder) {
  std::vector<SegmentName> segments;
  std::error_code failure;
  std::filesystem::directory_iterator entry(folder, failure), end;
  for (; !failure && entry != end; entry.increment(failure)) {
    const std::uint64_t sequence = segment_sequence(entry->path().filename().string());
    if (sequence > 0) segments.push_back({entry->path(), sequence});
  }
  if (failure) return io_error("cannot list " + folder.string() + ": " + failure.message());
  std::sort(segments.begin(), segments.end(),
            [](const SegmentName& a, const SegmentName& b) { return a.first_sequence < b.first_sequence; });
  return segments;
}

Result<SegmentHeader> read_header(const std::filesystem::path& segment) {
  auto file = FileHandle::open(segment, FileHandle::Mode::kRead);
  if (!file) return file.error();
  char block[kBlockBytes];
  auto got = file->read_at(block, 0);
  if (!got) return got.error();
  return decode_header({block, *got}, "header of " + segment.filename().string());
}

Result<SegmentScan> scan_segment(const std::filesystem::path& segment, const ChainPoint& begin, std::uint64_t last,
                                 std::uint64_t mark) {
  auto file = FileHandle::open(segment, FileHandle::Mode::kRead);
  if (!file) return file.error();
  auto size = file->size();
  if (!size) return size.error();
  Window window(std::move(*file));
  window.advance(kBlockBytes);

  SegmentScan scan;
  scan.end = begin;
  scan.good_bytes = kBlockBytes;
  scan.file_bytes = *size;
  if (begin.sequence == mark) scan.hash_at_mark = begin.hash;
  while (scan.end.sequence < last) {
    const std::uint64_t sequence = scan.end.sequence + 1;
    const auto fault = [&](std::string what, bool whole_frame) {
      scan.fault = Fault{window.offset(), sequence, std::move(what), whole_frame};
      return scan;
    };
    auto head = window.peek(kFrameHeadBytes);
    if (!head) return head.error();
    if (head->empty()) return scan;
    if (auto problem = head_problem({head->data(), head->size()}, sequence); !problem.empty()) return fault(problem, false);
    const Frame frame = read_frame({head->data(), head->size()});
    auto bytes = window.peek(frame.bytes());
    if (!bytes) return bytes.error();
    if (bytes->size() < frame.bytes()) {
      return fault("the file ends within the entry: expected " + std::to_string(frame.bytes()) + " bytes, found " +
                   std::to_string(bytes->size()), false);
    }
    if (auto problem = body_problem({bytes->data(), bytes->size()}); !problem.empty()) return fault(problem, false);
    if (chain_hash(*bytes, scan.end.hash) != frame.hash) {
      return fault("its hash does not continue the chain: it, or an entry before it, was replaced", true);
    }
    window.advance(frame.bytes());
    scan.end = {sequence, frame.hash, std::max(scan.end.newest, frame.time)};
    scan.good_bytes = window.offset();
    if (sequence == mark) scan.hash_at_mark = frame.hash;
  }
  return scan;
}

Result<bool> durable_successor(const std::filesystem::path& segment, std::uint64_t offset, std::uint64_t sequence) {
  constexpr std::uint64_t kMostSegmentBytes = (2ull << 30);
  auto bytes = read_file(segment, kMostSegmentBytes);
  if (!bytes) return bytes.error();
  const std::string_view all(*bytes);
  for (std::size_t at = offset + 1; at + kFrameHeadBytes <= all.size(); ++at) {
    const Frame frame = read_frame(all.substr(at, kFrameHeadBytes));
    if (!frame.marked || frame.sequence <= sequence || frame.durable < sequence) continue;
    if (frame.payload_bytes > kMaxPayloadBytes || at + frame.bytes() > all.size()) continue;
    if (body_problem(all.substr(at, frame.bytes())).empty()) return true;
  }
  return false;
}

std::string describe(const std::filesystem::path& segment, const Fault& fault) {
  return "entry " + std::to_string(fault.sequence) + " (" + segment.filename().string() + ", byte " +
         std::to_string(fault.offset) + "): " + fault.what;
}

}  // namespace beltwarden::journal
