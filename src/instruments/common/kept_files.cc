#include "instruments/common/kept_files.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"

namespace beltwarden::instruments {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReason = ".reason.txt";
constexpr std::size_t kMostRemovedAtOnce = 1000;   // a folder that was full before must not hold the instrument up
constexpr int kTries = 100;

std::uint64_t number_behind(const std::string& name) {
  std::uint64_t number = 0;
  const auto dot = name.rfind('.');
  if (dot == std::string::npos) return 0;
  const auto [end, bad] = std::from_chars(name.data() + dot + 1, name.data() + name.size(), number);
  return bad == std::errc{} && end == name.data() + name.size() ? number : 0;
}

}  // namespace

std::error_code KeptFiles::look() {
  std::error_code code;
  fs::create_directories(folder_, code);
  if (code) return code;
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  fs::directory_iterator entries(folder_, code);
  for (const fs::directory_iterator end; !code && entries != end; entries.increment(code)) {
    const std::string name = entries->path().filename().string();
    std::error_code gone;
    if (name.ends_with(kReason) || !fs::is_regular_file(entries->symlink_status(gone))) continue;
    const auto changed = entries->last_write_time(gone);
    if (!gone) found.emplace_back(changed, name);
  }
  if (code) return code;
  std::sort(found.begin(), found.end());
  for (auto& [changed, name] : found) {
    number_ = std::max(number_, number_behind(name));
    names_.insert(name);
    oldest_first_.push_back(std::move(name));
  }
  looked_ = true;
  return {};
}

std::error_code KeptFiles::take(const fs::path& file, const std::string& reason) {
  if (!looked_) {
    if (const auto code = look()) return code;
  }
  const std::string own = file.filename().string();
  std::string name = own;
  std::error_code code;
  for (int tried = 0; names_.contains(name) || fs::exists(fs::symlink_status(folder_ / name, code)); ++tried) {
    if (tried == kTries) return std::make_error_code(std::errc::file_exists);
    name = own + "." + std::to_string(++number_);
  }
  fs::rename(file, folder_ / name, code);
  if (code) return code;
  if (!reason.empty()) (void)write_file_atomically((folder_ / (name + std::string(kReason))).string(), reason + "\n").ok();
  names_.insert(name);
  oldest_first_.push_back(std::move(name));
  thin();
  return {};
}

void KeptFiles::thin() {
  for (std::size_t removed = 0; oldest_first_.size() > most_ && removed < kMostRemovedAtOnce; ++removed) {
    const std::string name = std::move(oldest_first_.front());
    oldest_first_.pop_front();
    names_.erase(name);
    std::error_code ignored;
    fs::remove(folder_ / name, ignored);
    fs::remove(folder_ / (name + std::string(kReason)), ignored);
  }
}

}  // namespace beltwarden::instruments
