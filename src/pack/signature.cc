#include "pack/signature.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/hash.h"

namespace beltwarden::pack {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHead = "beltwarden pack signature 1\n";
constexpr std::string_view kKeyHead = "beltwarden ed25519 secret key 1\n";
constexpr std::size_t kMaxFiles = 64;
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxPackBytes = std::uint64_t{256} << 20;

bool sodium_ready() { return sodium_init() >= 0; }

std::string hex(const std::uint8_t* bytes, std::size_t n) {
  std::string out(2 * n + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes, n);
  out.pop_back();
  return out;
}

bool from_hex(std::string_view text, std::uint8_t* out, std::size_t n) {
  std::size_t written = 0;
  const char* end = nullptr;
  return text.size() == 2 * n && sodium_hex2bin(out, n, text.data(), text.size(), nullptr, &written, &end) == 0 &&
         written == n && end == text.data() + text.size();
}

bool model_name(const std::string& name) {
  return name.size() > 4 && name.size() <= 64 && name.ends_with(".bin") && name[0] != '.' &&
         std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.'; });
}

std::string line_of(const std::string& name, const std::string& bytes) {
  return beltwarden::to_hex(sha256(bytes)) + "  " + std::to_string(bytes.size()) + "  " + name + "\n";
}

// The value of the line "<key> <value>" at the start of `text`, which is moved past it; empty when it is not there.
std::string_view take_line(std::string_view& text, std::string_view key) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(key) || text.size() <= key.size() || text[key.size()] != ' ') return {};
  const auto value = text.substr(key.size() + 1, end - key.size() - 1);
  text.remove_prefix(end + 1);
  return value;
}

}  // namespace

SecretKey::~SecretKey() { sodium_memzero(bytes.data(), bytes.size()); }

PublicKey SecretKey::public_key() const {
  PublicKey key;
  std::copy(bytes.begin() + 32, bytes.end(), key.begin());
  return key;
}

Result<SecretKey> make_key() {
  if (!sodium_ready()) return unavailable("libsodium finds no source of random numbers");
  SecretKey key;
  PublicKey unused;
  crypto_sign_keypair(unused.data(), key.bytes.data());
  return key;
}

Result<void> write_key(const fs::path& path, const SecretKey& key) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    if (errno == EEXIST) return conflict("key file " + path.string() + " exists already; it is never overwritten");
    return io_error("cannot create key file " + path.string() + ": " + std::strerror(errno));
  }
  std::string text = std::string(kKeyHead) + hex(key.bytes.data(), key.bytes.size()) + "\n";
  const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  sodium_memzero(text.data(), text.size());
  if (!whole) {
    ::unlink(path.c_str());
    return io_error("cannot write key file " + path.string() + ": " + std::strerror(error));
  }
  return {};
}

Result<SecretKey> read_key(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return denied("key file " + path.string() + " can be read by others: expected mode 0600 (chmod 600)");
  }
  auto text = read_file(path, 4096);
  if (!text) return text.error();
  SecretKey key;
  std::string_view rest = *text;
  if (!rest.starts_with(kKeyHead)) return invalid_input(path.string() + ": expected a Beltwarden secret key");
  rest.remove_prefix(kKeyHead.size());
  if (rest.ends_with('\n')) rest.remove_suffix(1);
  std::array<std::uint8_t, 32> seed{};
  PublicKey from_seed{};
  std::array<std::uint8_t, 64> again{};
  const bool read = from_hex(rest, key.bytes.data(), key.bytes.size());
  sodium_memzero(text->data(), text->size());
  if (!read) return invalid_input(path.string() + ": expected 128 hexadecimal digits of key");
  // A public half that does not belong to the secret half would leak the secret with the first signature.
  std::copy_n(key.bytes.begin(), 32, seed.begin());
  crypto_sign_seed_keypair(from_seed.data(), again.data(), seed.data());
  const bool whole = from_seed == key.public_key();
  sodium_memzero(seed.data(), seed.size());
  sodium_memzero(again.data(), again.size());
  if (!whole) return corrupt(path.string() + ": the two halves of the key do not belong together");
  return key;
}

std::string to_hex(const PublicKey& key) { return hex(key.data(), key.size()); }

Result<PublicKey> public_key_from_hex(std::string_view text) {
  PublicKey key;
  if (!from_hex(text, key.data(), key.size())) {
    return invalid_input("public key: expected 64 hexadecimal digits, found " + std::to_string(text.size()) + " characters");
  }
  return key;
}

Result<std::vector<PublicKey>> public_keys_from_hex(const std::vector<std::string>& texts) {
  std::vector<PublicKey> keys;
  for (const auto& text : texts) {
    auto key = public_key_from_hex(text);
    if (!key) return key.error();
    keys.push_back(*key);
  }
  return keys;
}

Result<Files> read_files(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return not_found("no pack at " + folder.string() + ": expected a folder with pack.toml");
  Files files;
  std::uint64_t total = 0;
  const auto take = [&](const fs::directory_entry& entry, const std::string& name) -> Result<void> {
    if (entry.is_symlink() || !entry.is_regular_file()) return invalid_input("pack: " + name + " is not a plain file");
    if (files.size() >= kMaxFiles) return invalid_input("pack: more than 64 files");
    auto bytes = read_file(entry.path(), kMaxFileBytes);
    if (!bytes) return bytes.error();
    total += bytes->size();
    if (total > kMaxPackBytes) return invalid_input("pack: more than 256 MiB in all");
    files.emplace(name, std::move(*bytes));
    return {};
  };
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (name == "pack.sig" || (name == "models" && entry.is_directory() && !entry.is_symlink())) continue;
    if (name != "pack.toml") return invalid_input("pack " + folder.string() + ": unexpected '" + name + "'; a pack holds pack.toml, pack.sig and models/");
    if (auto ok = take(entry, name); !ok) return ok.error();
  }
  if (error) return io_error("cannot list " + folder.string() + ": " + error.message());
  if (fs::exists(folder / "models", error)) {
    for (const auto& entry : fs::directory_iterator(folder / "models", error)) {
      const auto name = entry.path().filename().string();
      if (!model_name(name)) return invalid_input("pack " + folder.string() + ": unexpected 'models/" + name + "'; expected names like brand_regression.bin");
      if (auto ok = take(entry, "models/" + name); !ok) return ok.error();
    }
  }
  if (error) return io_error("cannot list " + (folder / "models").string() + ": " + error.message());
  if (!files.contains("pack.toml")) return not_found("pack " + folder.string() + ": pack.toml is missing");
  return files;
}

std::string manifest(const Files& files) {
  std::string out;
  for (const auto& [name, bytes] : files) out += line_of(name, bytes);
  return out;
}

Result<void> sign(const fs::path& folder, const SecretKey& key) {
  if (!sodium_ready()) return unavailable("libsodium cannot be started");
  auto files = read_files(folder);
  if (!files) return files.error();
  const std::string text = std::string(kHead) + "key " + to_hex(key.public_key()) + "\n" + manifest(*files);
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  crypto_sign_detached(signature.data(), nullptr, reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.bytes.data());
  return write_file_atomically(folder / "pack.sig", text + "signature " + hex(signature.data(), signature.size()) + "\n");
}

Result<PublicKey> signer(const fs::path& folder, const Files& files) {
  if (!sodium_ready()) return unavailable("libsodium cannot be started");
  const std::string name = "pack " + folder.string();
  auto text = read_file(folder / "pack.sig", 64 << 10);
  if (!text) {
    return text.error().code == ErrorCode::kNotFound ? denied(name + ": it is not signed (no pack.sig)") : text.error();
  }
  const auto last = text->rfind("signature ");
  if (last == std::string::npos || !text->starts_with(kHead)) return denied(name + ": pack.sig is not a signature of a pack");
  std::string_view rest(*text), tail = rest.substr(last);
  rest.remove_prefix(kHead.size());
  auto key = public_key_from_hex(take_line(rest, "key"));
  if (!key) return denied(name + ": pack.sig names no public key");
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  if (!from_hex(take_line(tail, "signature"), signature.data(), signature.size()) || !tail.empty()) {
    return denied(name + ": pack.sig ends in something other than a signature");
  }
  if (crypto_sign_verify_detached(signature.data(), reinterpret_cast<const unsigned char*>(text->data()), last, key->data()) != 0) {
    return denied(name + ": the signature does not fit pack.sig");
  }
  const std::string_view signed_manifest = rest.substr(0, last - kHead.size() - 4 - 64 - 1);
  if (signed_manifest == manifest(files)) return *key;
  // Both are sorted by name: the first file whose line only one of them has.
  for (std::string_view lines = signed_manifest; !lines.empty(); lines.remove_prefix(std::min(lines.find('\n') + 1, lines.size()))) {
    const auto line = lines.substr(0, lines.find('\n'));
    const auto gap = line.rfind("  ");
    if (gap == std::string_view::npos) return denied(name + ": pack.sig holds a line that names no file");
    const std::string file(line.substr(gap + 2));
    const auto found = files.find(file);
    if (found == files.end()) return denied(name + ": " + file + " was signed and is missing");
    if (line_of(file, found->second) != std::string(line) + "\n") return denied(name + ": " + file + " is not as it was signed");
  }
  for (const auto& [file, bytes] : files) {
    if (signed_manifest.find(line_of(file, bytes)) == std::string_view::npos) return denied(name + ": " + file + " was not signed");
  }
  return denied(name + ": pack.sig lists a file twice");
}

Result<PublicKey> verify(const fs::path& folder, const Files& files, const std::vector<PublicKey>& trusted) {
  auto key = signer(folder, files);
  if (key && std::ranges::find(trusted, *key) == trusted.end()) {
    return denied("pack " + folder.string() + ": signed by key " + to_hex(*key).substr(0, 16) + "..., which is not trusted here");
  }
  return key;
}

}  // namespace beltwarden::pack
