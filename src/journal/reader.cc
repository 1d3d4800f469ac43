#include "journal/reader.h"

#include <string>
#include <utility>

#include "journal/file_handle.h"
#include "journal/format.h"
#include "journal/scan.h"
#include "journal/state_file.h"

namespace beltwarden::journal {

class Reader::Impl {
 public:
  Impl(std::filesystem::path folder, StateFile file, State state)
      : folder_(std::move(folder)), state_file_(std::move(file)), state_(std::move(state)),
        next_(state_.first_sequence) {}

  Result<void> look_again() {
    auto state = state_file_.read();
    if (!state) return state.error();
    if (!*state) return corrupt((folder_ / kStateName).string() + ": empty");
    state_ = std::move(**state);
    return {};
  }

  Result<std::optional<Entry>> next() {
    if (next_ > state_.durable_sequence) {
      if (auto looked = look_again(); !looked) return looked.error();
      if (next_ > state_.durable_sequence) return std::optional<Entry>();
      // What was read ahead may have been taken back by the writer and written anew.
      if (window_) window_->forget();
    }
    Entry entry;
    while (true) {
      auto found = frame(entry);
      if (!found) return found.error();
      if (*found) return std::optional<Entry>(std::move(entry));
    }
  }

  Result<void> seek(std::uint64_t sequence) {
    if (auto looked = look_again(); !looked) return looked.error();
    if (sequence < state_.first_sequence) return removed(sequence);
    if (sequence > state_.durable_sequence + 1) {
      return invalid_input("journal entry " + std::to_string(sequence) + ": the last is " +
                           std::to_string(state_.durable_sequence));
    }
    window_.reset();
    next_ = sequence;
    return {};
  }

  Error removed(std::uint64_t sequence) const {
    return not_found("journal entry " + std::to_string(sequence) + ": no longer kept, the oldest is " +
                     std::to_string(state_.first_sequence));
  }

  std::filesystem::path folder_;
  StateFile state_file_;
  State state_;
  std::uint64_t next_;

 private:
  // Opens the segment that holds next_.
  Result<void> find_segment() {
    auto segments = list_segments(folder_);
    if (!segments) return segments.error();
    const SegmentName* holder = nullptr;
    for (const auto& segment : *segments) {
      if (segment.first_sequence <= next_) holder = &segment;
    }
    if (!holder) {
      if (auto looked = look_again(); !looked) return looked.error();
      return next_ < state_.first_sequence ? removed(next_)
                                           : corrupt("journal entry " + std::to_string(next_) + ": missing");
    }
    auto file = FileHandle::open(holder->path, FileHandle::Mode::kRead);
    if (!file) return file.error();
    window_.emplace(std::move(*file));
    window_->advance(kBlockBytes);
    at_ = holder->first_sequence;
    return {};
  }

  // Reads the frame at the window's place. True: it is entry next_, now in `entry`. False: a step towards it was made.
  Result<bool> frame(Entry& entry) {
    if (!window_) {
      if (auto found = find_segment(); !found) return found.error();
    }
    const auto bad = [&](const std::string& what) {
      Error error = corrupt(describe(window_->file().path(), Fault{window_->offset(), at_, what}));
      window_.reset();
      return error;
    };
    auto head = window_->peek(kFrameHeadBytes);
    if (!head) return head.error();
    if (head->empty()) {
      // The end of this segment, while a durable entry is still ahead: it is in the next.
      if (std::filesystem::exists(folder_ / segment_name(at_))) {
        window_.reset();
        return false;
      }
      if (auto looked = look_again(); !looked) return looked.error();
      return next_ < state_.first_sequence ? removed(next_) : bad("missing, though it was durable");
    }
    if (auto problem = head_problem({head->data(), head->size()}, at_); !problem.empty()) return bad(problem);
    const Frame frame = read_frame({head->data(), head->size()});
    if (at_ < next_) {
      window_->advance(frame.bytes());
      ++at_;
      return false;
    }
    auto bytes = window_->peek(frame.bytes());
    if (!bytes) return bytes.error();
    if (bytes->size() < frame.bytes()) return bad("the file ends within the entry");
    if (auto problem = body_problem({bytes->data(), bytes->size()}); !problem.empty()) return bad(problem);
    entry.id = {state_.site, state_.epoch, at_};
    entry.kind = static_cast<EntryKind>(frame.kind);
    entry.time = frame.time;
    entry.hash = frame.hash;
    entry.payload.assign(bytes->data() + kFrameHeadBytes, frame.payload_bytes);
    window_->advance(frame.bytes());
    ++at_;
    ++next_;
    return true;
  }

  std::optional<Window> window_;  // at the frame of entry at_
  std::uint64_t at_ = 0;
};

Result<Reader> Reader::open(const std::filesystem::path& folder) {
  auto file = StateFile::open_for_reading(folder);
  if (!file) return file.error();
  auto state = file->read();
  if (!state) return state.error();
  if (!*state) return not_found("the journal in " + folder.string() + " has not begun");
  return Reader(std::make_unique<Impl>(folder, std::move(*file), std::move(**state)));
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<std::optional<Entry>> Reader::next() { return impl_->next(); }
Result<void> Reader::seek(std::uint64_t sequence) { return impl_->seek(sequence); }
const SiteId& Reader::site() const { return impl_->state_.site; }
std::uint64_t Reader::epoch() const { return impl_->state_.epoch; }
std::uint64_t Reader::next_sequence() const { return impl_->next_; }
Result<std::uint64_t> Reader::durable_sequence() {
  if (auto looked = impl_->look_again(); !looked) return looked.error();
  return impl_->state_.durable_sequence;
}

}  // namespace beltwarden::journal
