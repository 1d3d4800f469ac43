#include <algorithm>
#include <string_view>

#include "formats/n42.h"

namespace beltwarden::formats {
namespace {

constexpr std::string_view kDeclaration = "<?xml ";
constexpr std::string_view kRoots[] = {"RadInstrumentData", "N42InstrumentData"};
constexpr std::size_t kLongestTag = 80;  // with a namespace prefix; longer ones are none, or what is found would depend on how a stream is cut
constexpr std::size_t kChunk = 1 << 16;

struct Found {
  std::size_t at = std::string::npos;
  std::size_t size = 0;
  bool declaration = false;
};

bool of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// The first tag of a root that begins (or ends) from `from` on, with or without a namespace prefix.
Found find_root(const std::string& text, std::size_t from, bool closing) {
  Found best;
  for (const std::string_view root : kRoots) {
    for (std::size_t name = text.find(root, from); name < best.at; name = text.find(root, name + 1)) {
      std::size_t begin = name;
      if (begin > 0 && text[begin - 1] == ':') {
        --begin;
        while (begin > 0 && of_name(text[begin - 1])) --begin;
      }
      std::size_t after = name + root.size();
      if (closing) {
        if (begin < 2 || text[begin - 1] != '/' || text[begin - 2] != '<') continue;
        while (after < text.size() && (text[after] == ' ' || text[after] == '\n' || text[after] == '\r')) ++after;
        const std::size_t size = after + 1 - (begin - 2);
        if (after >= text.size() || text[after] != '>' || size > kLongestTag) continue;
        best = {begin - 2, size, false};
      } else {
        // The next byte tells whether the name ends here: without it the tag is half there.
        if (begin < 1 || text[begin - 1] != '<' || after >= text.size() || of_name(text[after])) continue;
        const std::size_t size = after - (begin - 1);
        if (size >= kLongestTag) continue;
        best = {begin - 1, size, false};
      }
      break;
    }
  }
  return best;
}

Found find_declaration(const std::string& text, std::size_t from) {
  const std::size_t at = text.find(kDeclaration, from);
  return at == std::string::npos ? Found{} : Found{at, kDeclaration.size(), true};
}

Found first_of(const Found& a, const Found& b) { return b.at < a.at ? b : a; }

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
      const Found start = first_of(find_declaration(held_, 0), find_root(held_, 0, false));
      drop(start.at == std::string::npos ? tail : start.at, true);
      if (start.at == std::string::npos) return false;
      state_ = State::kInside;
      searched_ = start.size;
      return true;
    }
    case State::kInside: {
      const Found next = first_of(find_root(held_, searched_, true), find_declaration(held_, searched_));
      if (next.at == std::string::npos) {
        searched_ = std::max(searched_, tail);
        if (held_.size() <= max_bytes_) return false;
        ++oversized_;
        drop(tail, false);
        state_ = State::kSkipping;
      } else if (next.declaration) {
        ++truncated_;
        drop(next.at, false);
        searched_ = kDeclaration.size();
      } else {
        const std::size_t size = next.at + next.size;
        if (size <= max_bytes_) {
          // What follows is at most a piece: the document is handed over rather than copied.
          std::string rest = held_.substr(size);
          held_.resize(size);
          documents.push_back(std::move(held_));
          held_ = std::move(rest);
          searched_ = 0;
        } else {
          ++oversized_;
          drop(size, false);
        }
        state_ = State::kBetween;
      }
      return true;
    }
    case State::kSkipping: {
      const Found next = first_of(find_root(held_, 0, true), find_declaration(held_, 0));
      if (next.at == std::string::npos) {
        drop(tail, false);
        return false;
      }
      drop(next.declaration ? next.at : next.at + next.size, false);
      state_ = State::kBetween;
      return true;
    }
  }
  return false;
}

void N42Framer::feed(std::string_view bytes, std::vector<std::string>& documents) {
  // In pieces, so that the bound holds however much arrives at once.
  if (bytes.size() > kChunk) held_.reserve(std::min(max_bytes_ + kChunk, held_.size() + bytes.size()));
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kChunk);
    bytes.remove_prefix(piece.size());
    held_ += piece;
    while (step(documents)) {
    }
  }
}

}  // namespace beltwarden::formats
