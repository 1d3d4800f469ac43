// Text that came from outside, on its way into an answer.
#pragma once

#include <string>
#include <string_view>

namespace beltwarden::api {

/// Proper UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
bool is_utf8(std::string_view text);

/// The text with every byte that is no part of proper UTF-8 replaced by U+FFFD: JSON may hold nothing else.
std::string to_utf8(std::string text);

/// UTF-8 without control characters: what an address may hold once it is decoded.
bool is_plain_text(std::string_view text);

}  // namespace beltwarden::api
