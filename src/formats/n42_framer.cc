#include <algorithm>
#include <initializer_list>

#include "formats/n42.h"

namespace beltwarden::formats {
namespace {

constexpr std::string_view kDeclaration = "<?xml ";
constexpr std::string_view kRoots[] = {"<RadInstrumentData", "<N42InstrumentData"};
constexpr std::string_view kEnds[] = {"</RadInstrumentData>", "</N42InstrumentData>"};
constexpr std::size_t kLongestTag = 20;
constexpr std::size_t kChunk = 1 << 16;

struct Found {
  std::size_t at = std::string::npos;
  std::string_view tag;
};

Found find_first(const std::string& text, std::size_t from, std::initializer_list<std::string_view> tags) {
  Found best;
  for (const std::string_view tag : tags) {
    const std::size_t at = text.find(tag, from);
    if (at < best.at) best = {at, tag};
  }
  return best;
}

bool is_filler(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\x02' || c == '\x03' || c == '\0';
}

}  // namespace

void N42Framer::drop(std::size_t n, bool stray) {
  if (stray) {
    const auto end = held_.begin() + static_cast<std::ptrdiff_t>(n);
    stray_bytes_ += n - static_cast<std::size_t>(std::count_if(held_.begin(), end, is_filler));
  }
  held_.erase(0, n);
  searched_ = 0;
}

// One move of the state machine over what is held. False when it needs more bytes.
bool N42Framer::step(std::vector<std::string>& documents) {
  const std::size_t tail = held_.size() - std::min(held_.size(), kLongestTag - 1);  // a tag may be half here
  switch (state_) {
    case State::kBetween: {
      const Found start = find_first(held_, 0, {kDeclaration, kRoots[0], kRoots[1]});
      drop(start.at == std::string::npos ? tail : start.at, true);
      if (start.at == std::string::npos) return false;
      state_ = State::kInside;
      searched_ = start.tag.size();
      return true;
    }
    case State::kInside: {
      const Found next = find_first(held_, searched_, {kEnds[0], kEnds[1], kDeclaration});
      if (next.at == std::string::npos) {
        searched_ = std::max(searched_, tail);
        if (held_.size() <= max_bytes_) return false;
        ++oversized_;
        drop(tail, false);
        state_ = State::kSkipping;
      } else if (next.tag == kDeclaration) {
        ++truncated_;
        drop(next.at, false);
        searched_ = kDeclaration.size();
      } else {
        const std::size_t size = next.at + next.tag.size();
        if (size <= max_bytes_)
          documents.push_back(held_.substr(0, size));
        else
          ++oversized_;
        drop(size, false);
        state_ = State::kBetween;
      }
      return true;
    }
    case State::kSkipping: {
      const Found next = find_first(held_, 0, {kEnds[0], kEnds[1], kDeclaration});
      if (next.at == std::string::npos) {
        drop(tail, false);
        return false;
      }
      drop(next.tag == kDeclaration ? next.at : next.at + next.tag.size(), false);
      state_ = State::kBetween;
      return true;
    }
  }
  return false;
}

void N42Framer::feed(std::string_view bytes, std::vector<std::string>& documents) {
  // In pieces, so that the bound holds however much arrives at once.
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kChunk);
    bytes.remove_prefix(piece.size());
    held_ += piece;
    while (step(documents)) {
    }
  }
}

}  // namespace beltwarden::formats
