#include "formats/n42_xml.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr double kMaxDuration_s = 10 * 366 * 86400.0;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ','; }

std::string_view take_word(std::string_view& text) {
  std::size_t begin = 0;
  while (begin < text.size() && is_blank(text[begin])) ++begin;
  std::size_t end = begin;
  while (end < text.size() && !is_blank(text[end])) ++end;
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

// Takes plain numbers of at most nine digits off the front, up to the first word that is none, and with counted zeroes up to
// a run that has no such length or no room.
void take_short_counts(std::string_view& text, bool counted_zeroes, std::size_t most, std::vector<std::uint32_t>& counts) {
  const char* at = text.data();
  const char* const end = at + text.size();
  // False leaves `at` where it was before the blanks and the word.
  const auto take = [&](std::uint32_t& value) {
    const char* p = at;
    while (p != end && is_blank(*p)) ++p;
    const char* const first = p;
    value = 0;
    for (; p != end; ++p) {
      const auto digit = static_cast<unsigned>(*p - '0');
      if (digit > 9) break;
      value = value * 10 + digit;
    }
    if (p == first || p - first > 9 || (p != end && !is_blank(*p))) return false;
    at = p;
    return true;
  };
  std::uint32_t value = 0;
  while (counts.size() < most) {
    // One or two digits and a space, without a branch on which: that is as good as random.
    const std::size_t room = most - counts.size();
    for (std::size_t i = 0; i < room && end - at >= 4; ++i) {
      const unsigned first = static_cast<unsigned char>(at[0]) - unsigned{'0'}, second = static_cast<unsigned char>(at[1]) - unsigned{'0'};
      const unsigned two = second <= 9;
      value = first + two * (9 * first + second);
      if (first > 9 || at[1 + two] != ' ' || (counted_zeroes && value == 0)) break;
      counts.push_back(value);
      at += 2 + two;
    }
    if (counts.size() >= most) break;
    const char* const before = at;
    if (!take(value)) break;
    if (counted_zeroes && value == 0) {
      std::uint32_t zeros = 0;
      if (!take(zeros) || zeros == 0 || zeros > most - counts.size()) {
        at = before;
        break;
      }
      counts.resize(counts.size() + zeros, 0);
    } else {
      counts.push_back(value);
    }
  }
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
}

}  // namespace

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& each : node.children()) {
    if (local_name(each) == name) return each;
  }
  return {};
}

std::vector<pugi::xml_node> children(const pugi::xml_node& node, std::string_view name) {
  std::vector<pugi::xml_node> found;
  for (const pugi::xml_node& each : node.children()) {
    if (local_name(each) == name) found.push_back(each);
  }
  return found;
}

std::string child_text(const pugi::xml_node& node, std::string_view name) {
  return clipped_utf8(trim(child(node, name).text().get()), 1000);
}

std::string attribute(const pugi::xml_node& node, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto found = node.attribute(name)) return clipped_utf8(trim(found.value()), 200);
  }
  return {};
}

std::optional<double> parse_duration(std::string_view text) {
  text = trim(text);
  if (text.size() < 3 || text[0] != 'P') return std::nullopt;
  text.remove_prefix(1);
  double seconds = 0;
  bool in_time = false, any = false;
  while (!text.empty()) {
    if (text[0] == 'T' && !in_time) {
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    const std::size_t size = text.find_first_not_of("0123456789.");
    if (size == std::string_view::npos || size == 0) return std::nullopt;
    const auto value = parse_number(text.substr(0, size));
    if (!value) return std::nullopt;
    switch (text[size]) {
      case 'Y': seconds += in_time || *value != 0 ? kMaxDuration_s * 2 : 0; break;   // years and months have no length in seconds
      case 'D': seconds += in_time ? kMaxDuration_s * 2 : *value * 86400; break;
      case 'H': seconds += in_time ? *value * 3600 : kMaxDuration_s * 2; break;
      case 'M': seconds += in_time ? *value * 60 : *value != 0 ? kMaxDuration_s * 2 : 0; break;
      case 'S': seconds += in_time ? *value : kMaxDuration_s * 2; break;
      default: return std::nullopt;
    }
    any = true;
    text.remove_prefix(size + 1);
  }
  if (!any || !(seconds <= kMaxDuration_s)) return std::nullopt;
  return seconds;
}

std::string duration_text(double seconds) {
  char buffer[64];
  const auto [end, code] = std::to_chars(buffer, buffer + sizeof buffer, seconds, std::chars_format::fixed);
  return code == std::errc{} ? "PT" + std::string(buffer, end) + "S" : "PT0S";
}

std::optional<Time> parse_xml_time(std::string_view text, bool& zoneless) {
  text = trim(text);
  if (auto time = parse_rfc3339(text)) return *time;
  if (auto time = parse_rfc3339(std::string(text.substr(0, 40)) + "Z")) {
    zoneless = true;
    return *time;
  }
  return std::nullopt;
}

Result<std::vector<double>> parse_numbers(std::string_view text, std::size_t most) {
  std::vector<double> numbers;
  for (;;) {
    const std::string_view word = take_word(text);
    if (word.empty()) return numbers;
    const auto value = parse_number(word);
    if (!value)
      return invalid_input("value " + std::to_string(numbers.size() + 1) + ": expected a number, found " +
                           quoted(word));
    if (numbers.size() >= most) return invalid_input("expected at most " + std::to_string(most) + " values");
    numbers.push_back(*value);
  }
}

Result<std::vector<std::uint32_t>> parse_channels(std::string_view text, bool counted_zeroes, std::size_t most) {
  std::vector<std::uint32_t> counts;
  counts.reserve(std::min(most, text.size() / 2 + 1));  // a digit and a blank a count at least
  bool run = false;  // the word before was a 0 whose length comes now
  const auto where = [&counts] { return "channel " + std::to_string(counts.size()); };
  for (;;) {
    // Nearly all of a file is short whole numbers: those are read here, all else word by word below.
    if (!run) take_short_counts(text, counted_zeroes, most, counts);
    const std::string_view word = take_word(text);
    if (word.empty()) {
      if (run) return invalid_input(where() + ": expected how many zeros follow, found the end");
      return counts;
    }
    std::uint32_t value = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (code != std::errc{} || end != word.data() + word.size()) {
      // Some writers have "12.0" or "1.2E3"; a fraction of a count is not a count.
      const auto number = parse_number(word);
      if (!number || *number < 0 || *number > 4294967295.0 || *number != std::floor(*number)) {
        return invalid_input(where() + ": expected a whole number of counts from 0 to 4294967295, found " +
                             quoted(word));
      }
      value = static_cast<std::uint32_t>(*number);
    }
    const std::size_t room = most - counts.size();
    if (run) {
      if (value == 0 || value > room) {
        return invalid_input(where() + ": expected 1 to " + std::to_string(room) + " zeros, found " + quoted(word));
      }
      counts.insert(counts.end(), value, 0);
      run = false;
    } else if (counted_zeroes && value == 0) {
      run = true;
    } else {
      if (room == 0) return invalid_input("more than " + std::to_string(most) + " channels");
      counts.push_back(value);
    }
  }
}

}  // namespace beltwarden::formats
