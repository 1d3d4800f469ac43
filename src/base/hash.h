// Digests and check sums.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace beltwarden {

/// A SHA-256 digest (FIPS 180-4).
using Sha256 = std::array<std::uint8_t, 32>;

/// SHA-256 of `bytes`, by libsodium.
Sha256 sha256(std::string_view bytes);

/// Lower-case hexadecimal, 64 characters.
std::string to_hex(const Sha256& digest);

/// Reads 64 hexadecimal characters of either case.
Result<Sha256> sha256_from_hex(std::string_view hex);

/// CRC-32C (Castagnoli; RFC 3720 appendix B.4) of `bytes`, going on from `seed` (0 to begin).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace beltwarden
