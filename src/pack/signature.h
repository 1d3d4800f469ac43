// Who made a pack, and that nothing in it has changed since: Ed25519 over a manifest of SHA-256 digests.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::pack {

using PublicKey = std::array<std::uint8_t, 32>;

/// Ed25519 secret key (seed and public key). Wiped when it goes.
struct SecretKey {
  std::array<std::uint8_t, 64> bytes{};
  SecretKey() = default;
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();
  PublicKey public_key() const;
};

/// A new key from the system's random source.
Result<SecretKey> make_key();

/// Writes a secret key to a new file that only its owner can read (mode 0600). Never overwrites.
Result<void> write_key(const std::filesystem::path& path, const SecretKey& key);
/// Refuses a key file that others may read.
Result<SecretKey> read_key(const std::filesystem::path& path);

std::string to_hex(const PublicKey& key);
Result<PublicKey> public_key_from_hex(std::string_view hex);
Result<std::vector<PublicKey>> public_keys_from_hex(const std::vector<std::string>& texts);

/// The files of a pack by their path in it ("pack.toml", "models/x.bin"), read whole. Links, other files and more than the
/// bounds (64 files, 64 MiB each, 256 MiB in all) are refused.
using Files = std::map<std::string, std::string>;
Result<Files> read_files(const std::filesystem::path& folder);

/// One line a file, sorted: "<sha-256>  <bytes>  <path>".
std::string manifest(const Files& files);

/// Writes pack.sig over what is in `folder` now.
Result<void> sign(const std::filesystem::path& folder, const SecretKey& key);

/// Checks pack.sig of `folder` against `files` as they were read; the error names the first file that is not as it was signed.
/// Returns the key that signed, whoever's it is.
Result<PublicKey> signer(const std::filesystem::path& folder, const Files& files);

/// The same, and the key must be one of `trusted`.
Result<PublicKey> verify(const std::filesystem::path& folder, const Files& files, const std::vector<PublicKey>& trusted);

}  // namespace beltwarden::pack
