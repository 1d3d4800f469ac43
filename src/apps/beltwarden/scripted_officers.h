// The people of a run without people: they sign in and act through the API, as anyone would, and are named as scripted.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace beltwarden::app {

struct DemoUser {
  std::string user, name, role, consignee, password;
};

/// Two officers and a supervisor who watch the alarms of a run and clear its lots. Stops when every lot is released or
/// rejected, or when told to.
class ScriptedOfficers {
 public:
  ScriptedOfficers(std::uint16_t port, DemoUser first, DemoUser second, Log& log);
  ~ScriptedOfficers();

  void start();
  void stop();

  /// The error that made them leave, if they have left: they could not sign in.
  Result<void> acting() const;
  std::uint64_t actions() const { return actions_; }

 private:
  void run();
  Result<void> handle_cases(class HttpClient& officer);
  Result<bool> handle_lots(class HttpClient& officer, class HttpClient& second);

  std::uint16_t port_;
  DemoUser first_, second_;
  Log& log_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex left_mutex_;
  std::optional<Error> left_;
  std::atomic<std::uint64_t> actions_{0};
};

}  // namespace beltwarden::app
