// Messages for the people who run Beltwarden. A log is passed in, never global; secrets never go into it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace beltwarden {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Where messages go. Implementations are safe from any thread.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view message) = 0;

  void debug(std::string_view message) { write(LogLevel::kDebug, message); }
  void info(std::string_view message) { write(LogLevel::kInfo, message); }
  void warning(std::string_view message) { write(LogLevel::kWarning, message); }
  void error(std::string_view message) { write(LogLevel::kError, message); }

  /// Logs the first message of a `cause` and counts the rest: bad input that repeats must not flood the log.
  /// Returns how often the cause has occurred, this time included.
  std::uint64_t warn_once(std::string_view cause, std::string_view message);

 private:
  std::mutex causes_mutex_;
  std::unordered_map<std::string, std::uint64_t> causes_;
};

/// Lines on stderr with UTC time and level; `minimum` and above.
std::unique_ptr<Log> make_stderr_log(LogLevel minimum);

/// Drops everything: for tests and pure tools.
std::unique_ptr<Log> make_null_log();

}  // namespace beltwarden
