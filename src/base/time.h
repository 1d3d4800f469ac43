// Points in time and the clock that is passed in wherever time matters.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace beltwarden {

/// A stretch of time, nanoseconds.
struct Duration {
  std::int64_t ns = 0;

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr double seconds() const { return static_cast<double>(ns) * 1e-9; }
  constexpr double milliseconds() const { return static_cast<double>(ns) * 1e-6; }
  constexpr Duration operator+(Duration o) const { return {ns + o.ns}; }
  constexpr Duration operator-(Duration o) const { return {ns - o.ns}; }
};

constexpr Duration seconds(double s) { return {static_cast<std::int64_t>(s * 1e9)}; }
constexpr Duration milliseconds(double ms) { return {static_cast<std::int64_t>(ms * 1e6)}; }

/// A point in time: nanoseconds since 1970-01-01T00:00:00 UTC, leap seconds not counted.
struct Time {
  std::int64_t ns = 0;

  constexpr auto operator<=>(const Time&) const = default;
  constexpr Time operator+(Duration d) const { return {ns + d.ns}; }
  constexpr Time operator-(Duration d) const { return {ns - d.ns}; }
  constexpr Duration operator-(Time o) const { return {ns - o.ns}; }
};

/// "2026-11-23T14:31:06.250Z": RFC 3339, UTC, milliseconds.
std::string to_rfc3339(Time time);

/// Reads RFC 3339 with `Z` or an offset and up to nine decimals of a second. Anything else is an error.
Result<Time> parse_rfc3339(std::string_view text);

/// Where "now" comes from. Calls are safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Civil time for records; may be corrected by NTP, so never used to measure durations.
  virtual Time now() const = 0;
  /// Never goes back; its zero means nothing. For durations, time-outs and latencies.
  virtual Duration monotonic() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  Duration monotonic() const override;
};

/// A clock that stands still until it is moved: for tests, replay and accelerated runs.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_ns_(start.ns) {}
  Time now() const override { return {now_ns_.load()}; }
  Duration monotonic() const override { return {now_ns_.load()}; }
  void set(Time time) { now_ns_.store(time.ns); }
  void advance(Duration by) { now_ns_.fetch_add(by.ns); }

 private:
  std::atomic<std::int64_t> now_ns_;
};

}  // namespace beltwarden
