#include "transport/in_process.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "base/rng.h"

namespace beltwarden::transport {
namespace {

// One lock for everything: what passes here is batches, a few hundred a second.
struct Shared {
  explicit Shared(InProcessTransport::Options o) : options(std::move(o)), rng(options.faults.seed) {}

  bool chance(double probability) { return probability > 0 && rng.uniform() < probability; }

  const InProcessTransport::Options options;
  std::mutex mutex;
  std::condition_variable arrived;    // entries for the center
  std::condition_variable room;       // for entries
  std::condition_variable commanded;  // commands for a site
  std::deque<Envelope> envelopes;
  std::size_t bytes = 0;
  Rng rng;
  bool closed = false;
};

std::chrono::nanoseconds wait_time(Duration timeout) { return std::chrono::nanoseconds(timeout.ns); }

template <class T>
std::vector<T> take(std::deque<T>& queue, std::size_t most) {
  const auto end = queue.begin() + static_cast<std::ptrdiff_t>(std::min(most, queue.size()));
  std::vector<T> taken(std::make_move_iterator(queue.begin()), std::make_move_iterator(end));
  queue.erase(queue.begin(), end);
  return taken;
}

class Site final : public SiteEnd {
 public:
  explicit Site(Shared& shared) : shared_(shared) {}

  Result<void> send(std::vector<Envelope> envelopes) override {
    std::size_t bytes = 0;
    for (const auto& envelope : envelopes) bytes += envelope.payload.size();
    std::unique_lock lock(shared_.mutex);
    const auto fits = [&] {
      // A batch larger than the queue passes when the queue is empty, or it would never.
      return shared_.envelopes.empty() || (shared_.envelopes.size() + envelopes.size() <= shared_.options.max_envelopes &&
                                           shared_.bytes + bytes <= shared_.options.max_bytes);
    };
    shared_.room.wait_for(lock, wait_time(shared_.options.send_timeout), [&] { return shared_.closed || fits(); });
    if (shared_.closed) return unavailable("transport: closed");
    if (!fits()) {
      return unavailable("transport: the center has not taken the " + std::to_string(shared_.envelopes.size()) +
                         " entries that wait for it");
    }
    for (auto& envelope : envelopes) put(std::move(envelope));
    shared_.arrived.notify_all();
    return {};
  }

  std::uint64_t acknowledged(std::uint64_t epoch) override {
    std::lock_guard lock(shared_.mutex);
    const auto found = acknowledged_.find(epoch);
    return found == acknowledged_.end() ? 0 : found->second;
  }

  std::vector<RepairRequest> repair_requests(std::size_t most) override {
    std::lock_guard lock(shared_.mutex);
    return take(repairs_, most);
  }

  std::vector<Command> receive_commands(std::size_t most, Duration timeout) override {
    std::unique_lock lock(shared_.mutex);
    shared_.commanded.wait_for(lock, wait_time(timeout), [&] { return shared_.closed || !commands_.empty(); });
    return take(commands_, most);
  }

  // The center's side of it; the caller holds the lock.
  void acknowledge(std::uint64_t epoch, std::uint64_t sequence) {
    auto& known = acknowledged_[epoch];
    known = std::max(known, sequence);
    if (acknowledged_.size() > kMostEpochs) acknowledged_.erase(acknowledged_.begin());
  }
  void repair(const RepairRequest& request) {
    if (repairs_.size() < shared_.options.max_repairs) repairs_.push_back(request);
  }
  Result<void> command(const Command& command) {
    if (commands_.size() >= shared_.options.max_commands) {
      return unavailable("transport: site " + command.site.str() + " has not taken the " +
                         std::to_string(commands_.size()) + " commands that wait for it");
    }
    commands_.push_back(command);
    shared_.commanded.notify_all();
    return {};
  }

 private:
  static constexpr std::size_t kMostEpochs = 16;

  void put(Envelope envelope) {
    const Faults& faults = shared_.options.faults;
    if (shared_.chance(faults.drop)) return;
    const int copies = shared_.chance(faults.duplicate) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      auto place = shared_.envelopes.end();
      if (shared_.chance(faults.reorder)) {
        const std::size_t reach = std::min(faults.reach, shared_.envelopes.size());
        place -= static_cast<std::ptrdiff_t>(shared_.rng.below(reach + 1));
      }
      shared_.bytes += envelope.payload.size();
      shared_.envelopes.insert(place, i + 1 == copies ? std::move(envelope) : envelope);
    }
  }

  Shared& shared_;
  std::map<std::uint64_t, std::uint64_t> acknowledged_;  // by epoch
  std::deque<RepairRequest> repairs_;
  std::deque<Command> commands_;
};

}  // namespace

class InProcessTransport::Impl final : public CenterEnd {
 public:
  explicit Impl(Options options) : shared_(std::move(options)) {}

  Site& site(const SiteId& id) {
    std::lock_guard lock(shared_.mutex);
    return site_locked(id);
  }

  std::vector<Envelope> receive(std::size_t most, Duration timeout) override {
    std::unique_lock lock(shared_.mutex);
    shared_.arrived.wait_for(lock, wait_time(timeout), [&] { return shared_.closed || !shared_.envelopes.empty(); });
    auto taken = take(shared_.envelopes, most);
    for (const auto& envelope : taken) shared_.bytes -= envelope.payload.size();
    if (!taken.empty()) shared_.room.notify_all();
    return taken;
  }

  Result<void> acknowledge(const SiteId& site, std::uint64_t epoch, std::uint64_t sequence) override {
    std::lock_guard lock(shared_.mutex);
    if (shared_.closed) return unavailable("transport: closed");
    if (!shared_.chance(shared_.options.faults.drop)) site_locked(site).acknowledge(epoch, sequence);
    return {};
  }

  Result<void> request_repair(const RepairRequest& request) override {
    std::lock_guard lock(shared_.mutex);
    if (shared_.closed) return unavailable("transport: closed");
    if (!shared_.chance(shared_.options.faults.drop)) site_locked(request.site).repair(request);
    return {};
  }

  Result<void> send_command(const Command& command) override {
    std::lock_guard lock(shared_.mutex);
    if (shared_.closed) return unavailable("transport: closed");
    if (shared_.chance(shared_.options.faults.drop)) return {};
    auto& site = site_locked(command.site);
    if (shared_.chance(shared_.options.faults.duplicate)) (void)site.command(command);
    return site.command(command);
  }

  void close() {
    std::lock_guard lock(shared_.mutex);
    shared_.closed = true;
    shared_.arrived.notify_all();
    shared_.room.notify_all();
    shared_.commanded.notify_all();
  }

 private:
  Site& site_locked(const SiteId& id) {
    auto& site = sites_[id];
    if (!site) site = std::make_unique<Site>(shared_);
    return *site;
  }

  Shared shared_;
  std::map<SiteId, std::unique_ptr<Site>> sites_;
};

InProcessTransport::InProcessTransport() : InProcessTransport(Options{}) {}
InProcessTransport::InProcessTransport(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
InProcessTransport::~InProcessTransport() { close(); }
SiteEnd& InProcessTransport::site_end(const SiteId& site) { return impl_->site(site); }
CenterEnd& InProcessTransport::center_end() { return *impl_; }
void InProcessTransport::close() { impl_->close(); }

}  // namespace beltwarden::transport
