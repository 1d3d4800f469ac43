#include "journal/state_file.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace beltwarden::journal {
namespace {

struct flock whole_file() {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Result<StateFile> StateFile::open_for_writing(const std::filesystem::path& folder) {
  auto file = FileHandle::open(folder / kStateName, FileHandle::Mode::kOpenOrCreate);
  if (!file) return file.error();
  // Of the open file, not of the process: two journals of one process exclude each other too.
  struct flock lock = whole_file();
  if (::fcntl(file->descriptor(), F_OFD_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) {
      return conflict("the journal in " + folder.string() + " is being written by another process or journal");
    }
    return io_error("cannot lock " + file->path().string() + ": " + std::strerror(errno));
  }
  return StateFile(std::move(*file));
}

Result<StateFile> StateFile::open_for_reading(const std::filesystem::path& folder) {
  auto file = FileHandle::open(folder / kStateName, FileHandle::Mode::kRead);
  if (!file) {
    if (file.error().code != ErrorCode::kNotFound) return file.error();
    return not_found("no journal in " + folder.string() + ": it has no " + kStateName);
  }
  return StateFile(std::move(*file));
}

Result<std::optional<State>> StateFile::read() const {
  // A reader may catch the writer half way through the block; the check sum shows it, and the next look is whole.
  constexpr int kLooks = 20;
  for (int look = 1;; ++look) {
    char block[kBlockBytes + 1];
    auto got = file_.read_at(block, 0);
    if (!got) return got.error();
    if (*got == 0) return std::optional<State>();
    if (*got > kBlockBytes) return corrupt(file_.path().string() + ": longer than its " + std::to_string(kBlockBytes) + " bytes");
    auto state = decode_state({block, *got}, file_.path().string());
    if (state) return std::optional<State>(std::move(*state));
    if (look == kLooks) return state.error();
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

Result<bool> StateFile::has_writer() const {
  struct flock lock = whole_file();
  // A read-only descriptor may ask about a write lock, though it could not take one.
  if (::fcntl(file_.descriptor(), F_OFD_GETLK, &lock) != 0) {
    return io_error("cannot ask for the lock of " + file_.path().string() + ": " + std::strerror(errno));
  }
  return lock.l_type != F_UNLCK;
}

}  // namespace beltwarden::journal
