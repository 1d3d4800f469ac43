// What a watched folder has dealt with, in a folder of its own that does not grow for ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>

namespace beltwarden::instruments {

/// Looks through the folder once, at the first file, and from then on knows what lies there: the time that a file takes to
/// come in does not grow with their number. Nobody else should put files there; what somebody does put is not overwritten.
class KeptFiles {
 public:
  /// At most `most` files are kept; the oldest go.
  KeptFiles(std::filesystem::path folder, std::size_t most) : folder_(std::move(folder)), most_(most) {}

  /// Moves the file in under its own name, or with a number behind it where that is taken. `reason`, unless empty, is written
  /// into "<name>.reason.txt" beside it.
  std::error_code take(const std::filesystem::path& file, const std::string& reason);

 private:
  std::error_code look();
  void thin();

  const std::filesystem::path folder_;
  const std::size_t most_;
  bool looked_ = false;
  std::set<std::string> names_;
  std::deque<std::string> oldest_first_;
  std::uint64_t number_ = 0;                 ///< the highest that stands behind a name
};

}  // namespace beltwarden::instruments
