#include "transport/sequence_tracker.h"

#include <algorithm>
#include <utility>

namespace beltwarden::transport {

SequenceTracker::SequenceTracker() : SequenceTracker(Options{}) {}
SequenceTracker::SequenceTracker(Options options) : options_(options) {}

void SequenceTracker::resume(const SiteId& site, std::uint64_t epoch, std::uint64_t sequence) {
  Stream& stream = streams_[{site, epoch}];
  stream.contiguous = std::max(stream.contiguous, sequence);
  stream.highest = std::max(stream.highest, sequence);
}

std::vector<Envelope> SequenceTracker::take(std::vector<Envelope> arrived, Duration now) {
  std::vector<Envelope> deliverable;
  deliverable.reserve(arrived.size());
  for (auto& envelope : arrived) {
    const Key key{envelope.id.site, envelope.id.epoch};
    auto stream = streams_.find(key);
    if (envelope.id.sequence == 0 || (stream == streams_.end() && streams_.size() >= options_.max_streams)) {
      ++counts_.dropped;
      continue;
    }
    if (stream == streams_.end()) stream = streams_.emplace(key, Stream{}).first;
    accept(key, stream->second, std::move(envelope), deliverable);
  }
  for (auto& [key, stream] : streams_) {
    if (stream.contiguous == stream.highest) {
      stream.watched.clear();
      continue;
    }
    for (const auto& gap : gaps_of(key, stream)) stream.watched.try_emplace(gap.from, Watch{now});
  }
  counts_.delivered += deliverable.size();
  return deliverable;
}

void SequenceTracker::accept(const Key& key, Stream& stream, Envelope envelope, std::vector<Envelope>& deliverable) {
  const std::uint64_t sequence = envelope.id.sequence;
  stream.highest = std::max(stream.highest, sequence);
  if (envelope.oldest_kept > stream.contiguous + 1 && envelope.oldest_kept <= sequence) {
    give_up_before(key, stream, envelope.oldest_kept, deliverable);
  }
  if (sequence <= stream.contiguous || stream.waiting.contains(sequence)) {
    ++counts_.duplicates;
  } else if (sequence == stream.contiguous + 1) {
    stream.contiguous = sequence;
    deliverable.push_back(std::move(envelope));
    deliver_waiting(stream, deliverable);
  } else if (waiting_ >= options_.max_waiting || waiting_bytes_ + envelope.payload.size() > options_.max_waiting_bytes) {
    ++counts_.dropped;
  } else {
    ++counts_.out_of_order;
    ++waiting_;
    waiting_bytes_ += envelope.payload.size();
    stream.waiting.emplace(sequence, std::move(envelope));
  }
}

void SequenceTracker::deliver_waiting(Stream& stream, std::vector<Envelope>& deliverable) {
  while (!stream.waiting.empty() && stream.waiting.begin()->first == stream.contiguous + 1) {
    auto next = stream.waiting.extract(stream.waiting.begin());
    --waiting_;
    waiting_bytes_ -= next.mapped().payload.size();
    ++stream.contiguous;
    deliverable.push_back(std::move(next.mapped()));
  }
}

void SequenceTracker::give_up_before(const Key& key, Stream& stream, std::uint64_t oldest,
                                     std::vector<Envelope>& deliverable) {
  while (stream.contiguous + 1 < oldest) {
    const std::uint64_t next = stream.waiting.empty() ? oldest : std::min(oldest, stream.waiting.begin()->first);
    lost_.push_back({key.first, key.second, stream.contiguous + 1, next - 1});
    stream.contiguous = next - 1;
    deliver_waiting(stream, deliverable);
  }
}

std::uint64_t SequenceTracker::contiguous(const SiteId& site, std::uint64_t epoch) const {
  const auto stream = streams_.find({site, epoch});
  return stream == streams_.end() ? 0 : stream->second.contiguous;
}

std::vector<SequenceTracker::Stretch> SequenceTracker::gaps_of(const Key& key, const Stream& stream) {
  std::vector<Stretch> gaps;
  std::uint64_t expected = stream.contiguous + 1;
  for (const auto& [sequence, envelope] : stream.waiting) {
    if (sequence > expected) gaps.push_back({key.first, key.second, expected, sequence - 1});
    expected = sequence + 1;
  }
  if (stream.highest >= expected) gaps.push_back({key.first, key.second, expected, stream.highest});
  return gaps;
}

std::vector<SequenceTracker::Stretch> SequenceTracker::gaps() const {
  std::vector<Stretch> all;
  for (const auto& [key, stream] : streams_) {
    const auto gaps = gaps_of(key, stream);
    all.insert(all.end(), gaps.begin(), gaps.end());
  }
  return all;
}

std::vector<RepairRequest> SequenceTracker::due_repairs(Duration now) {
  std::vector<RepairRequest> due;
  for (auto& [key, stream] : streams_) {
    std::map<std::uint64_t, Watch> watched;  // without the gaps that have closed
    for (auto gap : gaps_of(key, stream)) {
      const auto known = stream.watched.find(gap.from);
      Watch watch = known == stream.watched.end() ? Watch{now} : known->second;
      if (now - watch.since >= (watch.requested ? options_.repeat_after : options_.patience)) {
        gap.to = std::min(gap.to, gap.from + options_.max_repair - 1);
        due.push_back(gap);
        watch = {now, true};
      }
      watched.emplace(gap.from, watch);
    }
    stream.watched = std::move(watched);
  }
  return due;
}

std::vector<SequenceTracker::Stretch> SequenceTracker::take_lost() { return std::exchange(lost_, {}); }

}  // namespace beltwarden::transport
