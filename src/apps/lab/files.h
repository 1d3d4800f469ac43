// How a command of the laboratory reads and writes: any input may be packed, any output may be stdout.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace beltwarden::lab {

/// Most bytes of one input, packed and unpacked.
inline constexpr std::uint64_t kMaxInputBytes = std::uint64_t{1} << 30;

/// The bytes of `path`, unpacked when they are gzip; errors name the file.
Result<std::string> read_input(const std::string& path);

/// Writes `bytes` to stdout for "-", else to a temporary name that replaces `path` when it is complete; packed when
/// `path` ends in ".gz".
Result<void> write_output(const std::string& path, std::string_view bytes);

/// 0, or 1 after one line on stderr: "beltwarden <command>: <what, where, what was expected>".
int exit_status(std::string_view command, const Result<void>& outcome);

}  // namespace beltwarden::lab
