#include "journal/journal.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "journal/recovery.h"

namespace beltwarden::journal {
namespace {

using std::chrono::steady_clock;
constexpr auto kRetryInterval = std::chrono::milliseconds(250);
constexpr auto kIdleInterval = std::chrono::seconds(1);  // how late retention by age may be

}  // namespace

class Journal::Impl {
 public:
  Impl(Options options, Log& log, const Clock& clock, Recovered recovered)
      : options_(std::move(options)), log_(log), clock_(clock), recovery_(recovered.report),
        state_file_(std::move(recovered.file)), state_(recovered.state), last_sequence_(recovered.end.sequence),
        store_({options_.folder, options_.site, recovered.state.epoch, options_.segment_bytes, options_.fsync},
               std::move(recovered.segments), recovered.end),
        most_pending_bytes_(std::max<std::uint64_t>(4 * options_.commit_bytes, 64u << 20)) {
    keep_from_ = options_.keep_from;
    committer_ = std::thread([this] { run(); });
  }

  ~Impl() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      work_.notify_all();
      done_.notify_all();
    }
    committer_.join();
    if (last_sequence_ > state_.durable_sequence) {
      log_.error("journal of " + options_.site.str() + ": closed with " +
                 std::to_string(last_sequence_ - state_.durable_sequence) + " entries that could not be made durable");
    }
  }

  template <class F>
  auto locked(F read) const {
    std::lock_guard lock(mutex_);
    return read();
  }

  Result<std::uint64_t> append(EntryKind kind, Time time, std::string_view payload) {
    if (payload.size() > kMaxPayloadBytes) {
      return invalid_input("journal entry of " + std::to_string(payload.size()) + " bytes, at most " +
                           std::to_string(kMaxPayloadBytes) + " are possible");
    }
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return stopping_ || failure_ || pending_.size() < most_pending_bytes_; });
    if (failure_) return *failure_;
    if (stopping_) return conflict("the journal is being closed");
    const bool first = pending_.empty();
    if (first) pending_since_ = steady_clock::now();
    append_frame(pending_, kind, time, ++last_sequence_, payload);
    // The committer needs waking for the first entry and for a full group, not for those between.
    if (first || pending_.size() >= options_.commit_bytes) work_.notify_one();
    return last_sequence_;
  }

  Result<void> wait_durable(std::uint64_t sequence) {
    std::unique_lock lock(mutex_);
    if (sequence > last_sequence_) {
      return invalid_input("waiting for journal entry " + std::to_string(sequence) + ", the last is " +
                           std::to_string(last_sequence_));
    }
    if (state_.durable_sequence >= sequence) return {};
    // An attempt that is under way may have begun before the disk had room again: count failures from the next.
    const std::uint64_t failures = failures_ + (attempting_ ? 1 : 0);
    forced_ = true;
    work_.notify_one();
    done_.wait(lock, [&] { return state_.durable_sequence >= sequence || failures_ > failures || stopped_; });
    if (state_.durable_sequence >= sequence) return {};
    return failure_ ? *failure_ : conflict("the journal is being closed");
  }

  Result<void> commit() { return wait_durable(locked([&] { return last_sequence_; })); }

  std::uint64_t wait_beyond(std::uint64_t sequence, Duration timeout) {
    std::unique_lock lock(mutex_);
    done_.wait_for(lock, std::chrono::nanoseconds(timeout.ns),
                   [&] { return state_.durable_sequence > sequence || stopping_; });
    return state_.durable_sequence;
  }

  void acknowledge(std::uint64_t sequence) {
    std::lock_guard lock(mutex_);
    if (sequence <= state_.acknowledged) return;
    if (sequence > state_.durable_sequence) {
      log_.warn_once("journal.acknowledge", "journal of " + options_.site.str() + ": entry " + std::to_string(sequence) +
                                                " acknowledged, but only " + std::to_string(state_.durable_sequence) +
                                                " are durable; ignored");
      return;
    }
    state_.acknowledged = sequence;
    if (auto written = state_file_.write(state_); !written) log_.warn_once("journal.state", written.error().message);
  }

  void keep_from(std::uint64_t sequence) {
    std::lock_guard lock(mutex_);
    keep_from_ = sequence;
  }

  const Options options_;
  Log& log_;
  const Clock& clock_;
  const RecoveryReport recovery_;

  mutable std::mutex mutex_;
  StateFile state_file_;
  State state_;
  std::uint64_t last_sequence_;

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      const bool idle = batch_.empty() && pending_.empty();
      if (idle && stopping_) break;
      if (idle) {
        work_.wait_for(lock, kIdleInterval, [&] { return stopping_ || !pending_.empty(); });
      } else {
        const auto urgent = [&] {
          return stopping_ || forced_ || (!failure_ && pending_.size() >= options_.commit_bytes);
        };
        if (failure_) {
          work_.wait_for(lock, kRetryInterval, urgent);
        } else {
          work_.wait_until(lock, pending_since_ + std::chrono::nanoseconds(options_.commit_interval.ns), urgent);
        }
        if (!attempt(lock) && stopping_) break;
      }
      keep_retention(lock);
    }
    stopped_ = true;
    done_.notify_all();
  }

  // Writes what has gathered; false when the disk refused.
  bool attempt(std::unique_lock<std::mutex>& lock) {
    forced_ = false;
    if (batch_.empty()) {
      batch_.swap(pending_);
      batch_done_ = 0;
      done_.notify_all();
    }
    attempting_ = true;
    lock.unlock();
    auto written = write_batch();
    lock.lock();
    attempting_ = false;
    if (written) {
      recovered();
      batch_.clear();
    } else {
      if (!failure_) log_.error("journal of " + options_.site.str() + ": " + written.error().message);
      failure_ = written.error();
      ++failures_;
    }
    done_.notify_all();
    return written.ok();
  }

  Result<void> write_batch() {
    while (batch_done_ < batch_.size()) {
      auto taken = store_.write(std::span(batch_).subspan(batch_done_));
      if (!taken) return taken.error();
      batch_done_ += *taken;
      if (auto done = publish(); !done) return done.error();
    }
    return publish();
  }

  // Says that the store's entries are durable: first in the state file, then to those who wait.
  Result<void> publish() {
    std::lock_guard lock(mutex_);
    if (state_.durable_sequence == store_.end().sequence) return {};
    State state = state_;
    state.durable_sequence = store_.end().sequence;
    state.durable_hash = store_.end().hash;
    if (auto written = state_file_.write(state); !written) return written.error();
    state_ = std::move(state);
    recovered();                    // whoever has waited for this may append at once
    done_.notify_all();
    return {};
  }

  void recovered() {
    if (failure_) log_.info("journal of " + options_.site.str() + ": writing again");
    failure_.reset();
  }

  void keep_retention(std::unique_lock<std::mutex>& lock) {
    const Retention& limits = options_.retention;
    while (const std::uint64_t ends_at = store_.oldest_ends_at()) {
      const bool too_much = limits.max_bytes > 0 && store_.total_bytes() > limits.max_bytes;
      const bool too_old = limits.max_age.ns > 0 && clock_.now() - store_.segments().front().newest > limits.max_age;
      if (ends_at > state_.acknowledged || ends_at >= keep_from_ || !(too_much || too_old)) return;
      // First the promise that they are gone, durably; then they go. A crash between leaves work for open().
      State state = state_;
      state.first_sequence = ends_at + 1;
      auto done = state_file_.write(state);
      if (done) {
        state_ = std::move(state);
        lock.unlock();
        if (options_.fsync) done = state_file_.sync();
        if (done) done = store_.remove_oldest();
        lock.lock();
      }
      if (!done) {
        log_.warn_once("journal.retention", done.error().message);
        return;
      }
    }
  }

  // Guarded by mutex_:
  std::string pending_;  // frames appended since the last swap
  steady_clock::time_point pending_since_;
  std::optional<Error> failure_;
  std::uint64_t failures_ = 0;
  std::uint64_t keep_from_ = 0;   // the first entry that retention must leave
  bool forced_ = false, attempting_ = false, stopping_ = false, stopped_ = false;
  std::condition_variable work_;  // for the committer
  std::condition_variable done_;  // for those who wait: durable, failed, or room again
  // The committer's own:
  std::string batch_;
  std::size_t batch_done_ = 0;  // bytes of batch_ that are durable
  SegmentStore store_;
  const std::uint64_t most_pending_bytes_;
  std::thread committer_;
};

Result<std::unique_ptr<Journal>> Journal::open(Options options, Log& log, const Clock& clock) {
  if (options.site.empty() || options.site.str().size() > kMaxSiteBytes) {
    return invalid_input("journal: expected a site name of 1 to " + std::to_string(kMaxSiteBytes) + " bytes, found '" +
                         options.site.str().substr(0, 80) + "'");
  }
  if (options.segment_bytes < 4096 || options.segment_bytes > (1u << 30)) {
    return invalid_input("journal: expected segments of 4096 to 1073741824 bytes, found " +
                         std::to_string(options.segment_bytes));
  }
  auto recovered = recover(options, log, clock);
  if (!recovered) return recovered.error().within("journal");
  auto impl = std::make_unique<Impl>(std::move(options), log, clock, std::move(*recovered));
  return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

Result<std::uint64_t> Journal::append(EntryKind kind, Time time, std::string_view payload) {
  return impl_->append(kind, time, payload);
}
Result<void> Journal::wait_durable(std::uint64_t sequence) { return impl_->wait_durable(sequence); }
Result<void> Journal::commit() { return impl_->commit(); }
std::uint64_t Journal::wait_beyond(std::uint64_t sequence, Duration timeout) {
  return impl_->wait_beyond(sequence, timeout);
}
const SiteId& Journal::site() const { return impl_->options_.site; }
const std::filesystem::path& Journal::folder() const { return impl_->options_.folder; }
std::uint64_t Journal::epoch() const { return impl_->locked([&] { return impl_->state_.epoch; }); }
std::uint64_t Journal::first_sequence() const { return impl_->locked([&] { return impl_->state_.first_sequence; }); }
std::uint64_t Journal::last_sequence() const { return impl_->locked([&] { return impl_->last_sequence_; }); }
std::uint64_t Journal::durable_sequence() const { return impl_->locked([&] { return impl_->state_.durable_sequence; }); }
void Journal::acknowledge(std::uint64_t sequence) { impl_->acknowledge(sequence); }
std::uint64_t Journal::acknowledged() const { return impl_->locked([&] { return impl_->state_.acknowledged; }); }
void Journal::keep_from(std::uint64_t sequence) { impl_->keep_from(sequence); }
const RecoveryReport& Journal::recovery() const { return impl_->recovery_; }

}  // namespace beltwarden::journal
