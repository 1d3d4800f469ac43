#include "journal/verify.h"

#include <limits>
#include <string>

#include "journal/scan.h"
#include "journal/state_file.h"

namespace beltwarden::journal {
namespace {

struct View {
  State state;
  bool being_written = false;
};

Result<View> look(const std::filesystem::path& folder) {
  auto file = StateFile::open_for_reading(folder);
  if (!file) return file.error();
  auto writer = file->has_writer();
  if (!writer) return writer.error();
  auto state = file->read();
  if (!state) return state.error();
  if (!*state) return corrupt((folder / kStateName).string() + ": empty");
  return View{**state, *writer};
}

Error missing(std::uint64_t from, std::uint64_t to, const std::string& why) {
  return corrupt("entry " + std::to_string(from) + ": missing, with all up to " + std::to_string(to) + ": " + why);
}

Result<VerifyReport> verify_once(const std::filesystem::path& folder, const View& view) {
  const State& state = view.state;
  auto segments = list_segments(folder);
  if (!segments) return segments.error();
  VerifyReport report{state.site, state.epoch};
  report.acknowledged = state.acknowledged;
  report.being_written = view.being_written;

  ChainPoint chain{0, genesis_hash(state.site, state.epoch), {}};
  if (segments->empty()) {
    if (state.durable_sequence > 0) return missing(state.first_sequence, state.durable_sequence, "there is no segment");
    report.head_hash = chain.hash;
    return report;
  }
  if (const auto first = segments->front().first_sequence; first > state.first_sequence) {
    return missing(state.first_sequence, first - 1, "the first segment is " + segments->front().path.filename().string());
  }

  const std::uint64_t last = view.being_written ? state.durable_sequence : std::numeric_limits<std::uint64_t>::max();
  std::uint64_t previous_bytes = 0;
  bool marked = state.durable_sequence == 0;
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const SegmentName& segment = (*segments)[i];
    // Beside a writer, a segment after the last durable entry is still being made.
    if (view.being_written && segment.first_sequence > state.durable_sequence) break;
    const std::string name = segment.path.filename().string();
    if (i > 0 && segment.first_sequence != chain.sequence + 1) {
      return missing(chain.sequence + 1, segment.first_sequence - 1, "the next segment is " + name);
    }
    auto header = read_header(segment.path);
    if (!header) return header.error().within("entry " + std::to_string(segment.first_sequence));
    if (i == 0 && segment.first_sequence > 1) {
      chain = {segment.first_sequence - 1, header->previous_hash, header->newest};
      previous_bytes = header->previous_bytes;
    }
    const SegmentHeader expected{state.site, state.epoch, segment.first_sequence, chain.hash, previous_bytes, chain.newest};
    if (*header != expected) {
      return corrupt("entry " + std::to_string(segment.first_sequence) + ": the header of " + name +
                     " does not continue the segment before it");
    }
    auto scan = scan_segment(segment.path, chain, last, state.durable_sequence);
    if (!scan) return scan.error();
    if (scan->fault) {
      std::string text = describe(segment.path, *scan->fault);
      if (i + 1 == segments->size() && scan->fault->sequence > state.durable_sequence && !scan->fault->whole_frame) {
        text += "; it was not durable yet: starting the site drops what a power cut left of it";
      }
      return corrupt(text);
    }
    if (scan->hash_at_mark) {
      marked = true;
      if (*scan->hash_at_mark != state.durable_hash) {
        return corrupt("entry " + std::to_string(state.durable_sequence) + " (" + name +
                       "): its chain hash is not the one that " + kStateName + " noted when it became durable");
      }
    }
    report.entries += scan->end.sequence - chain.sequence;
    report.bytes += scan->good_bytes;
    ++report.segments;
    chain = scan->end;
    previous_bytes = scan->file_bytes;
  }
  if (chain.sequence < state.durable_sequence || !marked) {
    return missing(chain.sequence + 1, state.durable_sequence, "the last segment ends before them");
  }
  if (report.entries > 0) report.first_sequence = chain.sequence - report.entries + 1;
  report.last_sequence = chain.sequence;
  report.head_hash = chain.hash;
  return report;
}

}  // namespace

bool is_journal(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder / kStateName, error)) return true;
  const auto segments = list_segments(folder);
  return segments && !segments->empty();
}

Result<VerifyReport> verify(const std::filesystem::path& folder) {
  // Retention may remove the oldest segment under our feet while a writer is at work: then look again.
  constexpr int kLooks = 5;
  for (int attempt = 1;; ++attempt) {
    auto view = look(folder);
    if (!view) {
      auto segments = list_segments(folder);
      if (view.error().code != ErrorCode::kNotFound || !segments || segments->empty()) return view.error();
      return corrupt(folder.string() + ": has segments, but " + kStateName + ", which says what was durable, is missing");
    }
    auto report = verify_once(folder, *view);
    if (report) return report;
    auto now = look(folder);
    const bool moved = now && now->being_written && now->state.first_sequence != view->state.first_sequence;
    if (!moved || attempt == kLooks) return report.error().within(folder.string());
  }
}

}  // namespace beltwarden::journal
