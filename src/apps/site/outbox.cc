#include "apps/site/outbox.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace beltwarden::site {
namespace {

constexpr Duration kIdle = milliseconds(20);   // how late a repair request may be heard while nothing is sent
constexpr Duration kOwed = milliseconds(1);    // how late an acknowledgement may be heard
constexpr std::size_t kRepairsAtOnce = 16;

}  // namespace

Outbox::Outbox(journal::Journal& journal, transport::SiteEnd& end, OutboxOptions options, Packer packer, Log& log,
               const Clock& clock)
    : journal_(journal), end_(end), options_(options), packer_(std::move(packer)), log_(log), clock_(clock),
      next_(journal.acknowledged() + 1), furthest_(journal.acknowledged()), progress_(clock.monotonic()) {}

Outbox::~Outbox() { stop(); }

void Outbox::start() {
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
}

void Outbox::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Outbox::run() {
  while (!stopping_) {
    auto worked = step();
    if (!worked) {
      log_.warn_once("outbox", "sending to the center: " + worked.error().message);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    } else if (!*worked) {
      const bool owed = journal_.acknowledged() + 1 < next_;
      const bool window_full = next_ > journal_.acknowledged() + options_.window;
      if (window_full) {
        std::this_thread::sleep_for(std::chrono::nanoseconds(kOwed.ns));
      } else {
        (void)journal_.wait_beyond(next_ - 1, owed ? kOwed : kIdle);
      }
    }
  }
  hear();
}

Result<bool> Outbox::step() {
  hear();
  auto repaired = answer_repairs();
  if (!repaired) return repaired.error();
  auto sent = send_next();
  if (!sent) return sent.error();
  return *repaired || *sent;
}

void Outbox::hear() {
  const std::uint64_t before = journal_.acknowledged();
  const std::uint64_t heard = end_.acknowledged(journal_.epoch());
  if (heard > before) journal_.acknowledge(heard);
  const std::uint64_t acknowledged = journal_.acknowledged();
  if (acknowledged > before || acknowledged + 1 >= next_) progress_ = clock_.monotonic();
  if (acknowledged >= next_) {
    // The center had more than this site knew: it was started with a copy of its journal's state.
    next_ = acknowledged + 1;
    reader_.reset();
  }
}

Result<bool> Outbox::answer_repairs() {
  bool worked = false;
  for (const auto& request : end_.repair_requests(kRepairsAtOnce)) {
    const std::uint64_t first = std::max(request.from, journal_.first_sequence());
    const std::uint64_t durable = journal_.durable_sequence();
    if (request.epoch != journal_.epoch() || request.site != journal_.site() || request.from == 0 ||
        first > durable || request.to < request.from) {
      log_.warn_once("repair", "the center asks for entries " + std::to_string(request.from) + " to " +
                                   std::to_string(request.to) + " of " + request.site.str() + "/" +
                                   std::to_string(request.epoch) + ", which this journal (" + journal_.site().str() +
                                   "/" + std::to_string(journal_.epoch()) + ", entries " +
                                   std::to_string(journal_.first_sequence()) + " to " + std::to_string(durable) +
                                   ") does not have");
      continue;
    }
    // What retention has removed is answered with the oldest entry left: its envelope says that it is the oldest.
    const std::uint64_t wanted = std::max(request.to, first);
    const std::uint64_t last = std::min({wanted, durable, first + options_.max_repair - 1});
    if (auto found = seek(repair_reader_, first); !found) return found.error();
    for (std::uint64_t sequence = first; sequence <= last;) {
      auto sent = send_batch(*repair_reader_, last);
      if (!sent) return sent.error();  // the center will ask again
      if (*sent == 0) break;
      sequence += *sent;
      repaired_ += *sent;
      worked = true;
    }
  }
  return worked;
}

Result<bool> Outbox::send_next() {
  const std::uint64_t acknowledged = journal_.acknowledged();
  const std::uint64_t durable = journal_.durable_sequence();
  if (next_ > acknowledged + 1 && clock_.monotonic() - progress_ >= options_.resend_after) {
    next_ = acknowledged + 1;
    progress_ = clock_.monotonic();
    reader_.reset();
  }
  const std::uint64_t last = std::min(durable, acknowledged + options_.window);
  if (next_ > last) return false;
  if (!reader_ || reader_->next_sequence() != next_) {
    if (auto found = seek(reader_, next_); !found) return found.error();
  }
  auto sent = send_batch(*reader_, last);
  if (!sent) return sent.error();
  if (next_ <= furthest_) resent_ += std::min(*sent, furthest_ + 1 - next_);
  next_ += *sent;
  furthest_ = std::max(furthest_, next_ - 1);
  return *sent > 0;
}

Result<std::uint64_t> Outbox::send_batch(journal::Reader& reader, std::uint64_t last) {
  std::vector<transport::Envelope> batch;
  std::size_t bytes = 0;
  while (reader.next_sequence() <= last && batch.size() < options_.batch && bytes < options_.batch_bytes) {
    auto entry = reader.next();
    if (!entry) return entry.error();
    if (!*entry) break;
    batch.push_back(pack(std::move(**entry)));
    bytes += batch.back().payload.size();
  }
  const std::uint64_t count = batch.size();
  if (count == 0) return count;
  if (auto sent = end_.send(std::move(batch)); !sent) return sent.error();
  sent_ += count;
  return count;
}

transport::Envelope Outbox::pack(journal::Entry entry) {
  transport::Envelope envelope;
  envelope.id = entry.id;
  envelope.kind = static_cast<std::uint8_t>(entry.kind);
  envelope.time = entry.time;
  envelope.received = entry.time;
  envelope.oldest_kept = journal_.first_sequence();
  if (packer_) {
    auto packed = packer_(entry, envelope);
    if (packed) return envelope;
    log_.warn_once("packer", "entry " + to_string(entry.id) + " travels as it is: " + packed.error().message);
  }
  envelope.payload = std::move(entry.payload);
  return envelope;
}

Result<void> Outbox::seek(std::optional<journal::Reader>& reader, std::uint64_t sequence) {
  if (!reader) {
    auto opened = journal::Reader::open(journal_.folder());
    if (!opened) return opened.error();
    reader = std::move(*opened);
  }
  return reader->seek(sequence);
}

OutboxCounts Outbox::counts() const { return {sent_, resent_, repaired_}; }

}  // namespace beltwarden::site
