// What every driver must keep about itself: how it is, how much it took, what it dropped and why.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "instruments/driver.h"

namespace beltwarden::instruments {

/// Counts, logs once a cause, and says when a HealthReading is due. Safe from any thread.
class HealthKeeper {
 public:
  explicit HealthKeeper(DriverContext context) : context_(std::move(context)) {}

  void accepted(std::uint64_t n = 1);
  /// `cause` is one of a few short texts; `message` says what was expected, found and where, and is logged the first
  /// time.
  void dropped(std::string_view cause, std::string_view message, std::uint64_t n = 1);
  void state(material::HealthReading::State state, std::string message);

  material::HealthReading reading() const;

  /// Sends a HealthReading when the state changed, a new cause of drops appeared, or a minute has passed since the
  /// last one. False when the sink says that the site is shutting down.
  bool send_if_due(const Sink& sink);

 private:
  DriverContext context_;
  mutable std::mutex mutex_;
  material::HealthReading::State state_ = material::HealthReading::State::kConnecting;
  std::string message_ = "starting";
  std::uint64_t accepted_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> dropped_;
  bool due_ = true;
  Duration last_sent_{};
};

}  // namespace beltwarden::instruments
