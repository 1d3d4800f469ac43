#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace beltwarden {
namespace {

// More different causes than this are counted together: a hostile peer must not grow our memory.
constexpr std::size_t kMaxCauses = 4096;

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

class StderrLog final : public Log {
 public:
  explicit StderrLog(LogLevel minimum) : logger_("beltwarden", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_level(to_spdlog(minimum));
    logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  }
  void write(LogLevel level, std::string_view message) override {
    logger_.log(to_spdlog(level), "{}", message);
  }

 private:
  spdlog::logger logger_;
};

class NullLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

}  // namespace

std::uint64_t Log::warn_once(std::string_view cause, std::string_view message) {
  std::uint64_t count = 0;
  {
    std::lock_guard lock(causes_mutex_);
    const bool known = causes_.contains(std::string(cause));
    const std::string key = known || causes_.size() < kMaxCauses ? std::string(cause) : "(other causes)";
    count = ++causes_[key];
  }
  if (count == 1) warning(message);
  return count;
}

std::unique_ptr<Log> make_stderr_log(LogLevel minimum) { return std::make_unique<StderrLog>(minimum); }
std::unique_ptr<Log> make_null_log() { return std::make_unique<NullLog>(); }

}  // namespace beltwarden
