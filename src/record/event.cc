#include "record/event.h"

#include <string_view>

namespace beltwarden::record {
namespace {

void put_number(std::string& out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i) & 255);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

}  // namespace

Sha256 event_hash(const Event& event) {
  std::string bytes(reinterpret_cast<const char*>(event.previous_hash.data()), event.previous_hash.size());
  put_number(bytes, static_cast<std::uint64_t>(event.number));
  put_number(bytes, static_cast<std::uint64_t>(event.what.time.ns));
  put_text(bytes, event.what.user.str());
  put_text(bytes, event.what.act);
  put_text(bytes, event.what.subject);
  put_text(bytes, event.what.payload);
  return sha256(bytes);
}

}  // namespace beltwarden::record
