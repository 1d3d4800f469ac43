// Files read whole with a bound, and written so that a reader sees the old or the new, never half.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace beltwarden {

/// The bytes of `path`, refused above `max_bytes`.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// Writes to a temporary name beside `path`, fsyncs, renames over it and fsyncs the folder; a device or pipe is written to as it is.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// fsync of a folder, so that a created or renamed name survives a power cut.
Result<void> sync_folder(const std::filesystem::path& folder);

}  // namespace beltwarden
