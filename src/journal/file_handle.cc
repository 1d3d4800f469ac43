#include "journal/file_handle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace beltwarden::journal {

namespace {
constexpr std::size_t kReadAhead = 256 << 10;
}

Result<FileHandle> FileHandle::open(const std::filesystem::path& path, Mode mode) {
  int flags = O_CLOEXEC;
  switch (mode) {
    case Mode::kRead: flags |= O_RDONLY; break;
    case Mode::kReadWrite: flags |= O_RDWR; break;
    case Mode::kCreate: flags |= O_RDWR | O_CREAT | O_EXCL; break;
    case Mode::kOpenOrCreate: flags |= O_RDWR | O_CREAT; break;
  }
  FileHandle handle;
  handle.path_ = path;
  handle.fd_ = ::open(path.c_str(), flags, 0644);
  if (handle.fd_ < 0) return handle.failed("cannot open");
  return handle;
}

FileHandle::FileHandle(FileHandle&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::size_t> FileHandle::read_at(std::span<char> into, std::uint64_t offset) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t n = ::pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("cannot read");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Result<void> FileHandle::write_at(std::string_view bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("cannot write");
    done += static_cast<std::size_t>(n);
  }
  return {};
}

Result<void> FileHandle::truncate(std::uint64_t bytes) {
  if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) return failed("cannot truncate");
  return {};
}

Result<void> FileHandle::sync() {
  if (::fdatasync(fd_) != 0) return failed("cannot flush");
  return {};
}

Result<std::uint64_t> FileHandle::size() const {
  struct stat status;
  if (::fstat(fd_, &status) != 0) return failed("cannot read the length of");
  return static_cast<std::uint64_t>(status.st_size);
}

Error FileHandle::failed(const std::string& what) const {
  const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return {code, what + " " + path_.string() + ": " + std::strerror(errno)};
}

Result<std::span<char>> Window::peek(std::size_t bytes) {
  const std::uint64_t end = buffer_offset_ + buffer_bytes_;
  if (buffer_bytes_ == 0 || offset_ < buffer_offset_ || offset_ + bytes > end) {
    const std::size_t wanted = std::max(bytes, kReadAhead);
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    std::size_t kept = 0;
    if (buffer_bytes_ > 0 && offset_ >= buffer_offset_ && offset_ < end) {
      kept = static_cast<std::size_t>(end - offset_);
      std::memmove(buffer_.data(), buffer_.data() + (offset_ - buffer_offset_), kept);
    }
    buffer_offset_ = offset_;
    buffer_bytes_ = kept;
    auto got = file_.read_at(std::span(buffer_.data() + kept, wanted - kept), offset_ + kept);
    if (!got) return got.error();
    buffer_bytes_ += *got;
  }
  const std::size_t at = static_cast<std::size_t>(offset_ - buffer_offset_);
  return std::span(buffer_.data() + at, std::min(bytes, buffer_bytes_ - at));
}

}  // namespace beltwarden::journal
