#include "instruments/common/watched_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/file.h"

namespace beltwarden::instruments {
namespace {

namespace fs = std::filesystem;
using State = material::HealthReading::State;

constexpr std::size_t kMaxFilesAPoll = 20'000;
constexpr std::size_t kRememberedDigests = 10'000;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_unfinished_name(std::string_view name) {
  return name.empty() || name[0] == '.' || name[0] == '~' || ends_with(name, "~") || ends_with(name, ".tmp") ||
         ends_with(name, ".part") || ends_with(name, ".partial") || ends_with(name, ".crdownload");
}

}  // namespace

Result<WatchedFolderSettings> WatchedFolderSettings::read(const Config& settings) {
  WatchedFolderSettings result;
  auto folder = settings.text("folder");
  if (!folder) return folder.error();
  auto poll_s = settings.number("poll_s", 0.01, 60, result.poll.seconds());
  if (!poll_s) return poll_s.error();
  auto settle_s = settings.number("settle_s", 0, 600, result.settle.seconds());
  if (!settle_s) return settle_s.error();
  auto silence_s = settings.number("silence_s", 0.1, 86400, result.silence.seconds());
  if (!silence_s) return silence_s.error();
  auto keep_done = settings.flag("keep_done", result.keep_done);
  if (!keep_done) return keep_done.error();
  auto keep_files = settings.integer("keep_files", 0, 10'000'000, static_cast<std::int64_t>(result.keep_files));
  if (!keep_files) return keep_files.error();
  auto max_file_mb = settings.number("max_file_mb", 0.001, 1024, static_cast<double>(result.max_file_bytes >> 20));
  if (!max_file_mb) return max_file_mb.error();
  result.folder = *folder;
  result.poll = seconds(*poll_s);
  result.settle = seconds(*settle_s);
  result.silence = seconds(*silence_s);
  result.keep_done = *keep_done;
  result.keep_files = static_cast<std::size_t>(*keep_files);
  result.max_file_bytes = static_cast<std::uint64_t>(*max_file_mb * (1 << 20));
  return result;
}

WatchedFolder::WatchedFolder(WatchedFolderSettings settings, HealthKeeper& health, const Clock& clock)
    : settings_(std::move(settings)),
      health_(health),
      clock_(clock),
      done_(settings_.folder / "done", settings_.keep_files),
      rejected_(settings_.folder / "rejected", settings_.keep_files),
      last_file_(clock.monotonic()) {}

std::vector<WatchedFolder::Candidate> WatchedFolder::complete_files() {
  std::vector<Candidate> complete;
  std::map<std::string, Seen> present;
  std::error_code code;
  const Duration now = clock_.monotonic();
  fs::directory_iterator entries(settings_.folder, code);
  if (code) {
    folder_gone_ = true;
    health_.state(State::kDisconnected, "cannot look into " + settings_.folder.string() + ": " + code.message());
    return {};
  }
  if (folder_gone_) health_.state(State::kConnecting, "watching " + settings_.folder.string());
  folder_gone_ = false;
  for (const fs::directory_iterator end; entries != end && present.size() < kMaxFilesAPoll; entries.increment(code)) {
    if (code) break;
    const std::string name = entries->path().filename().string();
    struct stat status {};
    if (is_unfinished_name(name) || ::lstat(entries->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode))
      continue;
    Seen seen{static_cast<std::uint64_t>(status.st_size),
              status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, now, false};
    const auto before = seen_.find(name);
    if (before != seen_.end() && before->second.size == seen.size && before->second.changed_ns == seen.changed_ns)
      seen = before->second;
    if (!seen.stuck && now - seen.since >= settings_.settle) complete.push_back({entries->path(), seen});
    present.emplace(name, seen);
  }
  seen_ = std::move(present);
  std::sort(complete.begin(), complete.end(), [](const Candidate& a, const Candidate& b) {
    return std::pair(a.seen.changed_ns, a.path) < std::pair(b.seen.changed_ns, b.path);
  });
  return complete;
}

void WatchedFolder::remember(const Sha256& digest) {
  digests_.insert(digest);
  digest_order_.push_back(digest);
  if (digest_order_.size() > kRememberedDigests) {
    digests_.erase(digest_order_.front());
    digest_order_.pop_front();
  }
}

void WatchedFolder::put_away(const Candidate& candidate, KeptFiles& where, const std::string& reason) {
  const std::string name = candidate.path.filename().string();
  std::error_code code;
  if (&where == &done_ && !settings_.keep_done) {
    fs::remove(candidate.path, code);
  } else {
    code = where.take(candidate.path, reason);
  }
  if (code) {
    seen_[name].stuck = true;
    health_.dropped("file cannot be moved away",
                    "cannot move " + name + " to " + (&where == &done_ ? "done/: " : "rejected/: ") + code.message());
  } else {
    seen_.erase(name);
  }
}

bool WatchedFolder::take(const Candidate& candidate, const Handler& handler) {
  last_file_ = clock_.monotonic();
  const std::string name = candidate.path.filename().string();
  auto bytes = read_file(candidate.path, settings_.max_file_bytes);
  if (!bytes) {
    if (bytes.error().code == ErrorCode::kNotFound) return true;  // taken away again
    if (bytes.error().code == ErrorCode::kIo) {                   // a share that hangs: again at the next look
      health_.state(State::kDegraded, bytes.error().message);
      return true;
    }
    health_.dropped("file too large", bytes.error().message);
    put_away(candidate, rejected_, bytes.error().message);
    return true;
  }
  const Sha256 digest = sha256(*bytes);
  if (digests_.count(digest) != 0) {
    health_.dropped("duplicate file", name + " has the same bytes as a file before it");
    put_away(candidate, done_, {});
    return true;
  }
  const auto taken = handler({name, std::move(*bytes), Time{candidate.seen.changed_ns}});
  if (!taken && taken.error().code == ErrorCode::kUnavailable) return false;
  remember(digest);
  if (taken) {
    put_away(candidate, done_, {});
  } else {
    health_.dropped("file not understood", name + ": " + taken.error().message);
    put_away(candidate, rejected_, taken.error().message);
  }
  return true;
}

bool WatchedFolder::poll(const Handler& handler) {
  for (const Candidate& candidate : complete_files()) {
    if (!take(candidate, handler)) return false;
  }
  return true;
}

void WatchedFolder::run(const Handler& handler, const Worker& worker, const Sink& sink) {
  std::error_code code;
  fs::create_directories(settings_.folder, code);  // failure shows at the first look
  do {
    if (!poll([&](const File& file) -> Result<void> {
          if (worker.stopping()) return unavailable("stopping");
          return handler(file);
        })) {
      return;
    }
    if (!folder_gone_ && clock_.monotonic() - last_file_ > settings_.silence) {
      health_.state(State::kDegraded, "no complete file for more than " +
                                          std::to_string(std::lround(settings_.silence.seconds())) + " s in " +
                                          settings_.folder.string());
    }
    if (!health_.send_if_due(sink)) return;
  } while (worker.wait(settings_.poll));
}

}  // namespace beltwarden::instruments
