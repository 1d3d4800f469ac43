// Text from devices and people, made fit to keep.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace beltwarden {

/// Valid UTF-8 of at most `most` bytes: cut between characters, never through one. Bytes that are no UTF-8 (a device that
/// speaks GBK or Latin-1) become U+FFFD, one for each maximal broken part (Unicode 15, 3.9, table 3-8).
std::string clipped_utf8(std::string_view text, std::size_t most);

/// True when `text` is what clipped_utf8 would leave as it is.
bool fits_utf8(std::string_view text, std::size_t most);

}  // namespace beltwarden
