#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace beltwarden {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error failed(const std::string& what, const std::filesystem::path& path) {
  const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return {code, what + " " + path.string() + ": " + std::strerror(errno)};
}

Result<void> write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return failed("cannot open", path);
  std::string bytes;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("cannot read", path);
    if (n == 0) return bytes;
    if (bytes.size() + static_cast<std::uint64_t>(n) > max_bytes) {
      return invalid_input(path.string() + " is larger than the " + std::to_string(max_bytes) + " bytes allowed here");
    }
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code unresolved;
  if (std::filesystem::is_symlink(path, unresolved)) {  // the link stays, what it points at is written
    const auto target = std::filesystem::canonical(path, unresolved);
    if (!unresolved) return write_file_atomically(target, bytes);
  }
  struct stat there;
  if (::stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) {
    // A device or a pipe: renaming would put a file in its place.
    Descriptor device(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (device.get() < 0) return failed("cannot open", path);
    return write_all(device.get(), bytes, path);
  }
  const std::filesystem::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  const auto written = [&]() -> Result<void> {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) return failed("cannot create", temporary);
    if (auto ok = write_all(file.get(), bytes, temporary); !ok) return ok;
    if (::fsync(file.get()) != 0) return failed("cannot flush", temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("cannot rename onto", path);
    return {};
  }();
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync_folder(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.get() < 0) return failed("cannot open folder", folder);
  if (::fsync(handle.get()) != 0) return failed("cannot flush folder", folder);
  return {};
}

}  // namespace beltwarden
