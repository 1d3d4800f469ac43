#include "base/text.h"

namespace beltwarden {
namespace {

struct Piece {
  std::size_t bytes;
  bool whole;
};

// The character at the front of `text`, or how much of one there is before what cannot belong to it (Unicode 15, table 3-7).
Piece first_piece(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, true};
  std::size_t size = 0;
  unsigned low = 0x80, high = 0xBF;   // of the second byte
  if (lead >= 0xC2 && lead <= 0xDF) {
    size = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    size = 3;
    if (lead == 0xE0) low = 0xA0;     // not longer than needed
    if (lead == 0xED) high = 0x9F;    // no surrogates
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    size = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;    // up to U+10FFFF
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i < size; ++i) {
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {size, true};
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

bool fits_utf8(std::string_view text, std::size_t most) {
  if (text.size() > most) return false;
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    if (!piece.whole) return false;
    text.remove_prefix(piece.bytes);
  }
  return true;
}

std::string clipped_utf8(std::string_view text, std::size_t most) {
  if (fits_utf8(text, most)) return std::string(text);
  std::string fit;
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    const std::string_view next = piece.whole ? text.substr(0, piece.bytes) : kReplacement;
    if (fit.size() + next.size() > most) break;
    fit += next;
    text.remove_prefix(piece.bytes);
  }
  return fit;
}

}  // namespace beltwarden
