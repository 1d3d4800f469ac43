#include "apps/lab/files.h"

#include <cstdio>

#include "base/file.h"
#include "formats/gzip.h"

namespace beltwarden::lab {

Result<std::string> read_input(const std::string& path) {
  auto bytes = read_file(path, kMaxInputBytes);
  if (!bytes || !formats::is_gzip(*bytes)) return bytes;
  auto unpacked = formats::gunzip(*bytes, kMaxInputBytes);
  if (!unpacked) return Error{unpacked.error().code, path + ": " + unpacked.error().message};
  return unpacked;
}

Result<void> write_output(const std::string& path, std::string_view bytes) {
  if (path == "-") {
    const bool whole = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() && std::fflush(stdout) == 0;
    return whole ? Result<void>{} : Error{ErrorCode::kIo, "stdout took less than was written to it"};
  }
  if (!path.ends_with(".gz")) return write_file_atomically(path, bytes);
  auto packed = formats::gzip(bytes);
  if (!packed) return packed.error();
  return write_file_atomically(path, *packed);
}

int exit_status(std::string_view command, const Result<void>& outcome) {
  if (outcome) return 0;
  std::fprintf(stderr, "beltwarden %.*s: %s\n", static_cast<int>(command.size()), command.data(),
               outcome.error().message.c_str());
  return 1;
}

}  // namespace beltwarden::lab
