// Evidence by its digest, as files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace beltwarden::record {

/// A folder of files named by the SHA-256 of their bytes. Writing the same bytes twice changes nothing. Safe from any
/// thread and process: a file appears whole under its name or not at all.
class EvidenceStore {
 public:
  static constexpr std::uint64_t kMaxBytes = 64u << 20;

  /// Makes the folder where it does not exist.
  static Result<EvidenceStore> open(std::filesystem::path folder);

  /// Durable when it returns. Refused when the bytes are not those that `expected` names.
  Result<void> put(const Sha256& expected, std::string_view bytes);
  Result<Sha256> put(std::string_view bytes);

  /// The bytes, checked against their name: kCorrupt when the disk has changed them, kNotFound when absent.
  Result<std::string> get(const Sha256& digest) const;
  bool has(const Sha256& digest) const;

 private:
  explicit EvidenceStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path path_of(const Sha256& digest) const;
  std::filesystem::path folder_;
};

}  // namespace beltwarden::record
