// gzip (RFC 1952) unpacked under a bound: a small file can otherwise unpack to fill the memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace beltwarden::formats {

bool is_gzip(std::string_view bytes);

/// Unpacks; refused when the result would exceed `max_bytes`, or when the stream is cut off or damaged.
Result<std::string> gunzip(std::string_view bytes, std::size_t max_bytes);

/// Packs, for tests and for tables that are written as `.csv.gz`.
Result<std::string> gzip(std::string_view bytes);

}  // namespace beltwarden::formats
