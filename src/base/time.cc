#include "base/time.h"

#include <cctype>
#include <chrono>
#include <cstdio>

namespace beltwarden {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// Reads `digits` decimal digits at `pos` and moves past them; -1 if they are not all digits.
int take_number(std::string_view text, std::size_t& pos, int digits) {
  int value = 0;
  for (int i = 0; i < digits; ++i, ++pos) {
    if (pos >= text.size() || !std::isdigit(static_cast<unsigned char>(text[pos]))) return -1;
    value = value * 10 + (text[pos] - '0');
  }
  return value;
}

bool take_char(std::string_view text, std::size_t& pos, std::string_view accepted) {
  if (pos >= text.size() || accepted.find(text[pos]) == std::string_view::npos) return false;
  ++pos;
  return true;
}

}  // namespace

std::string to_rfc3339(Time time) {
  using namespace std::chrono;
  const sys_time<nanoseconds> point{nanoseconds{time.ns}};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<std::chrono::milliseconds>(point - day)};
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return buffer;
}

Result<Time> parse_rfc3339(std::string_view text) {
  const Error bad = invalid_input("expected a time like 2026-11-23T14:31:06.250Z, found '" +
                                  std::string(text.substr(0, 40)) + "'");
  std::size_t pos = 0;
  const int year = take_number(text, pos, 4);
  if (year < 0 || !take_char(text, pos, "-")) return bad;
  const int month = take_number(text, pos, 2);
  if (month < 1 || !take_char(text, pos, "-")) return bad;
  const int day = take_number(text, pos, 2);
  if (day < 1 || !take_char(text, pos, "Tt ")) return bad;
  const int hour = take_number(text, pos, 2);
  if (hour < 0 || hour > 23 || !take_char(text, pos, ":")) return bad;
  const int minute = take_number(text, pos, 2);
  if (minute < 0 || minute > 59 || !take_char(text, pos, ":")) return bad;
  const int second = take_number(text, pos, 2);
  if (second < 0 || second > 60) return bad;

  std::int64_t fraction_ns = 0;
  if (take_char(text, pos, ".,")) {
    std::int64_t unit = kNsPerSecond / 10;
    const std::size_t first = pos;
    for (; pos < text.size() && std::isdigit(static_cast<unsigned char>(text[pos])); ++pos, unit /= 10) {
      if (pos - first >= 9) return bad;
      fraction_ns += unit * (text[pos] - '0');
    }
    if (pos == first) return bad;
  }

  int offset_minutes = 0;
  if (pos < text.size() && (text[pos] == '+' || text[pos] == '-')) {
    const int sign = text[pos] == '-' ? -1 : 1;
    ++pos;
    const int hours = take_number(text, pos, 2);
    if (hours < 0 || hours > 23 || !take_char(text, pos, ":")) return bad;
    const int minutes = take_number(text, pos, 2);
    if (minutes < 0 || minutes > 59) return bad;
    offset_minutes = sign * (hours * 60 + minutes);
  } else if (!take_char(text, pos, "Zz")) {
    return bad;
  }
  if (pos != text.size()) return bad;

  using namespace std::chrono;
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  // Nanoseconds since 1970 fit 64 bits only between 1678 and 2262.
  if (!date.ok() || year < 1700 || year > 2200) return bad;
  const std::int64_t day_s = sys_days{date}.time_since_epoch().count() * std::int64_t{86400};
  const std::int64_t s = day_s + hour * 3600 + minute * 60 + second - offset_minutes * 60;
  return Time{s * kNsPerSecond + fraction_ns};
}

Time SystemClock::now() const {
  using namespace std::chrono;
  return {duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()};
}

Duration SystemClock::monotonic() const {
  using namespace std::chrono;
  return {duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count()};
}

}  // namespace beltwarden
