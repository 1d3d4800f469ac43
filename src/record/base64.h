// Bytes as text: SOCI binds texts alike on every database, and blobs on none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace beltwarden::record {

/// RFC 4648 section 4, with padding.
std::string to_base64(std::string_view bytes);

/// Nothing when `text` is not the base64 of anything.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace beltwarden::record
