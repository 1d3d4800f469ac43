// A folder that vendors' software writes files into. Polled, because such folders are often network shares, where
// file notifications do not arrive.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/hash.h"
#include "instruments/common/health_keeper.h"
#include "instruments/common/kept_files.h"
#include "instruments/common/worker.h"

namespace beltwarden::instruments {

struct WatchedFolderSettings {
  std::filesystem::path folder;
  Duration poll = milliseconds(200);
  Duration settle = milliseconds(500);  ///< a file is complete when size and time of change stood still for so long
  std::uint64_t max_file_bytes = std::uint64_t{64} << 20;
  Duration silence = seconds(60);  ///< without a complete file for so long the instrument is reported as degraded
  bool keep_done = true;           ///< move what was read into done/; otherwise delete it
  std::size_t keep_files = 100'000;  ///< in done/ and in rejected/ each; the oldest go

  /// From `folder`, `poll_s`, `settle_s`, `silence_s`, `max_file_mb`, `keep_done`, `keep_files` of the instrument's table.
  static Result<WatchedFolderSettings> read(const Config& settings);
};

/// Hands over each complete file once, oldest first. What was read is moved to `done/`, what cannot be read to
/// `rejected/` with the reason in a text file beside it; both keep the newest `keep_files`. Files with a name that says "not yet" (starting with '.' or
/// '~', ending in .tmp, .part, .partial, .crdownload) and links are left alone. A file with the same bytes as one of
/// the last 10,000 is a duplicate: counted and moved, not handed over.
class WatchedFolder {
 public:
  WatchedFolder(WatchedFolderSettings settings, HealthKeeper& health, const Clock& clock);

  struct File {
    std::string name;
    std::string bytes;
    Time changed;  ///< when its writer finished it
  };
  /// An error rejects the file; `kUnavailable` means the site is closing, and leaves it where it is.
  using Handler = std::function<Result<void>(const File&)>;

  /// Looks once. False when the handler said that the site is closing.
  bool poll(const Handler& handler);

  /// Polls until the worker stops or the sink refuses.
  void run(const Handler& handler, const Worker& worker, const Sink& sink);

 private:
  struct Seen {
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
    Duration since{};
    bool stuck = false;  // dealt with, but could not be moved away
    bool operator==(const Seen&) const = default;
  };
  struct Candidate {
    std::filesystem::path path;
    Seen seen;
  };

  std::vector<Candidate> complete_files();
  bool take(const Candidate& candidate, const Handler& handler);
  void put_away(const Candidate& candidate, KeptFiles& where, const std::string& reason);
  void remember(const Sha256& digest);

  WatchedFolderSettings settings_;
  HealthKeeper& health_;
  const Clock& clock_;
  KeptFiles done_, rejected_;
  bool folder_gone_ = false;
  Duration last_file_{};
  std::map<std::string, Seen> seen_;
  std::set<Sha256> digests_;
  std::deque<Sha256> digest_order_;
};

}  // namespace beltwarden::instruments
