// The two small notations that columns hold.
#include <charconv>
#include <cstdio>
#include <string>

#include "record/mirror.h"

namespace beltwarden::record {
namespace {

/// Splits "a-b;c-d" and hands each pair to `take`.
template <class Number, class Take>
Result<void> read_pairs(const std::string& text, Take take) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    Number first{}, last{};
    auto [dash, bad] = std::from_chars(at, end, first);
    if (bad != std::errc{} || dash == end || *dash != '-') return corrupt("expected \"a-b;c-d\", found \"" + text + "\"");
    auto [stop, bad_too] = std::from_chars(dash + 1, end, last);
    if (bad_too != std::errc{} || (stop != end && *stop != ';')) {
      return corrupt("expected \"a-b;c-d\", found \"" + text + "\"");
    }
    take(first, last);
    at = stop == end ? end : stop + 1;
  }
  return {};
}

}  // namespace

std::string intervals_to_text(const std::vector<TonneInterval>& intervals) {
  std::string text;
  char buffer[80];
  for (const auto& interval : intervals) {
    std::snprintf(buffer, sizeof buffer, "%s%.17g-%.17g", text.empty() ? "" : ";", interval.from.value, interval.to.value);
    text += buffer;
  }
  return text;
}

Result<std::vector<TonneInterval>> intervals_from_text(const std::string& text) {
  std::vector<TonneInterval> intervals;
  auto read = read_pairs<double>(text, [&](double from, double to) { intervals.push_back({Tonnes{from}, Tonnes{to}}); });
  if (!read) return read.error();
  return intervals;
}

std::string ranges_to_text(const std::vector<SequenceRange>& ranges) {
  std::string text;
  for (const auto& range : ranges) {
    if (!text.empty()) text += ';';
    text.append(std::to_string(range.first)).append("-").append(std::to_string(range.last));
  }
  return text;
}

Result<std::vector<SequenceRange>> ranges_from_text(const std::string& text) {
  std::vector<SequenceRange> ranges;
  auto read = read_pairs<std::uint64_t>(text, [&](auto first, auto last) { ranges.push_back({first, last}); });
  if (!read) return read.error();
  return ranges;
}

}  // namespace beltwarden::record
