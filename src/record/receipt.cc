#include "record/intake.h"

#include <algorithm>

namespace beltwarden::record {

std::vector<SequenceRange> Receipt::gaps() const {
  std::vector<SequenceRange> missing;
  std::uint64_t next = contiguous + 1;
  for (const auto& range : beyond) {
    missing.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  return missing;
}

bool Receipt::contains(std::uint64_t sequence) const {
  if (sequence <= contiguous) return true;
  return std::any_of(beyond.begin(), beyond.end(),
                     [&](const SequenceRange& range) { return range.first <= sequence && sequence <= range.last; });
}

bool Receipt::add(std::uint64_t sequence) {
  if (sequence == 0 || contains(sequence)) return false;
  if (sequence == contiguous + 1) {
    ++contiguous;
  } else {
    auto after = std::find_if(beyond.begin(), beyond.end(), [&](const SequenceRange& r) { return r.first > sequence; });
    const bool joins_after = after != beyond.end() && after->first == sequence + 1;
    const bool joins_before = after != beyond.begin() && std::prev(after)->last + 1 == sequence;
    if (joins_before && joins_after) {
      std::prev(after)->last = after->last;
      beyond.erase(after);
    } else if (joins_before) {
      std::prev(after)->last = sequence;
    } else if (joins_after) {
      after->first = sequence;
    } else {
      beyond.insert(after, {sequence, sequence});
    }
  }
  if (!beyond.empty() && beyond.front().first == contiguous + 1) {
    contiguous = beyond.front().last;
    beyond.erase(beyond.begin());
  }
  return true;
}

}  // namespace beltwarden::record
