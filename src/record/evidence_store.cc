#include "record/evidence_store.h"

#include <system_error>

#include "base/file.h"

namespace beltwarden::record {

Result<EvidenceStore> EvidenceStore::open(std::filesystem::path folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) return io_error("cannot make the evidence folder " + folder.string() + ": " + failure.message());
  return EvidenceStore(std::move(folder));
}

std::filesystem::path EvidenceStore::path_of(const Sha256& digest) const {
  const std::string hex = to_hex(digest);
  return folder_ / hex.substr(0, 2) / hex;
}

Result<void> EvidenceStore::put(const Sha256& expected, std::string_view bytes) {
  if (bytes.size() > kMaxBytes) {
    return invalid_input("evidence of " + std::to_string(bytes.size()) + " bytes: at most " + std::to_string(kMaxBytes) +
                         " are kept");
  }
  const Sha256 digest = sha256(bytes);
  if (digest != expected) {
    return corrupt("evidence: expected bytes with SHA-256 " + to_hex(expected) + ", found " + to_hex(digest));
  }
  const auto path = path_of(digest);
  std::error_code failure;
  if (std::filesystem::file_size(path, failure) == bytes.size() && !failure) return {};
  if (std::filesystem::create_directory(path.parent_path(), failure)) {
    if (auto synced = sync_folder(folder_); !synced) return synced;
  }
  if (failure) return io_error("cannot make " + path.parent_path().string() + ": " + failure.message());
  return write_file_atomically(path, bytes);
}

Result<Sha256> EvidenceStore::put(std::string_view bytes) {
  const Sha256 digest = sha256(bytes);
  if (auto done = put(digest, bytes); !done) return done.error();
  return digest;
}

Result<std::string> EvidenceStore::get(const Sha256& digest) const {
  auto bytes = read_file(path_of(digest), kMaxBytes);
  if (!bytes) {
    if (bytes.error().code == ErrorCode::kNotFound) return not_found("no evidence with SHA-256 " + to_hex(digest));
    return bytes;
  }
  if (sha256(*bytes) != digest) {
    return corrupt("evidence " + to_hex(digest) + " was changed on disk: its bytes have SHA-256 " + to_hex(sha256(*bytes)));
  }
  return bytes;
}

bool EvidenceStore::has(const Sha256& digest) const {
  std::error_code failure;
  return std::filesystem::exists(path_of(digest), failure);
}

}  // namespace beltwarden::record
