#include "base/hash.h"

#include <openssl/evp.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace beltwarden {

Sha256 sha256(std::string_view bytes) {
  // OpenSSL uses the processor's own SHA instructions, which is five times faster on whole pictures; libsodium has none.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256 digest;
  if (algorithm == nullptr || EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr) != 1) {
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  }
  return digest;
}

std::string to_hex(const Sha256& digest) {
  char text[2 * sizeof(Sha256) + 1];
  sodium_bin2hex(text, sizeof text, digest.data(), digest.size());
  return text;
}

Result<Sha256> sha256_from_hex(std::string_view hex) {
  Sha256 digest;
  std::size_t length = 0;
  const char* end = nullptr;
  if (hex.size() != 64 || sodium_hex2bin(digest.data(), digest.size(), hex.data(), hex.size(), nullptr, &length, &end) != 0 ||
      length != digest.size()) {
    return invalid_input("expected a SHA-256 digest of 64 hexadecimal characters, found '" +
                         std::string(hex.substr(0, 70)) + "'");
  }
  return digest;
}

namespace {

// The reflected polynomial 0x82F63B78, a table of one byte's remainders (RFC 3720 appendix B.4).
constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) ? (c >> 1) ^ 0x82F63B78u : c >> 1;
    table[i] = c;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  const char* p = bytes.data();
  std::size_t left = bytes.size();
#if defined(__SSE4_2__)
  for (; left >= 8; p += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    crc = static_cast<std::uint32_t>(_mm_crc32_u64(crc, word));
  }
#endif
  for (; left > 0; ++p, --left) crc = kCrcTable[(crc ^ static_cast<std::uint8_t>(*p)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

}  // namespace beltwarden
