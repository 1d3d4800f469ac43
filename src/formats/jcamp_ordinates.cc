#include "formats/jcamp_ordinates.h"

#include <cmath>
#include <limits>

#include "formats/text.h"

namespace beltwarden::formats {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t pos) {
  std::size_t n = 0;
  while (pos + n < text.size() && is_digit(text[pos + n])) ++n;
  return n;
}

// The value of a coded leading digit: `zero` for 0, `plus`... for 1 to 9, `minus`... for -1 to -9. False if `c` is
// none.
bool leading_digit(char c, char zero, char plus, char minus, int& digit) {
  if (c == zero) return digit = 0, true;
  if (c >= plus && c < plus + 9) return digit = c - plus + 1, true;
  if (c >= minus && c < minus + 9) return digit = -(c - minus + 1), true;
  return false;
}

// A coded leading digit and the plain digits (and decimals) after it, taken off the front of `text`.
std::optional<double> take_coded(std::string_view& text, int digit) {
  std::size_t size = 1 + digits_at(text, 1);
  if (size < text.size() && text[size] == '.') size += 1 + digits_at(text, size + 1);
  if (size > 40) return std::nullopt;
  std::string number(text.substr(0, size));
  number[0] = static_cast<char>('0' + std::abs(digit));
  text.remove_prefix(size);
  const auto value = parse_number(number);
  return value && digit < 0 ? std::optional(-*value) : value;
}

}  // namespace

bool take_affn(std::string_view& text, double& value) {
  std::size_t size = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const std::size_t whole = digits_at(text, size);
  size += whole;
  std::size_t decimals = 0;
  if (size < text.size() && text[size] == '.') {
    decimals = digits_at(text, size + 1);
    size += 1 + decimals;
  }
  if (whole + decimals == 0) return false;
  if (size + 2 < text.size() && (text[size] == 'E' || text[size] == 'e') &&
      (text[size + 1] == '+' || text[size + 1] == '-') && is_digit(text[size + 2])) {
    size += 2 + digits_at(text, size + 2);
  }
  const auto number = parse_number(text.substr(0, size));
  if (!number) return false;
  value = *number;
  text.remove_prefix(size);
  return true;
}

Result<void> OrdinateDecoder::put(double value, std::size_t max_points) {
  if (ordinates_.size() >= max_points) {
    return invalid_input("more than the " + std::to_string(max_points) + " points expected");
  }
  ordinates_.push_back(value);
  return {};
}

Result<void> OrdinateDecoder::add_line(std::string_view line, std::size_t max_points, double& x,
                                       std::size_t& first_index) {
  std::string_view rest = trim(line);
  if (!take_affn(rest, x)) return invalid_input("expected an abscissa, found " + quoted(rest));
  // A line after one that ended in a difference begins with that line's last ordinate again, as a check.
  bool check = line_ended_in_difference_;
  first_index = check ? ordinates_.size() - 1 : ordinates_.size();
  Last last = Last::kNone;

  while (!rest.empty()) {
    const char c = rest.front();
    int digit = 0;
    if (c == ' ' || c == '\t' || c == ',' || c == ';') {
      rest.remove_prefix(1);
      continue;
    }
    const std::string_view token = rest;
    if (leading_digit(c, '%', 'J', 'j', digit)) {
      const auto difference = take_coded(rest, digit);
      if (!difference || ordinates_.empty() || check || std::isnan(ordinates_.back())) {
        return invalid_input("a difference without a value before it at " + quoted(token));
      }
      last_difference_ = *difference;
      if (auto done = put(ordinates_.back() + last_difference_, max_points); !done) return done;
      last = Last::kDifference;
      continue;
    }
    if ((c >= 'S' && c <= 'Z') || c == 's') {
      const auto count = take_coded(rest, c == 's' ? 9 : c - 'S' + 1);
      if (!count || *count > static_cast<double>(max_points) || *count != std::floor(*count) || last == Last::kNone) {
        return invalid_input("a repetition of nothing, or of too much, at " + quoted(token));
      }
      for (double i = 1; i < *count; ++i) {
        const double step = last == Last::kDifference ? last_difference_ : 0;
        if (auto done = put(ordinates_.back() + step, max_points); !done) return done;
      }
      continue;
    }
    double value = 0;
    if (c == '?') {
      value = std::numeric_limits<double>::quiet_NaN();
      rest.remove_prefix(1);
    } else if (leading_digit(c, '@', 'A', 'a', digit)) {
      const auto squeezed = take_coded(rest, digit);
      if (!squeezed) return invalid_input("expected a number, found " + quoted(token));
      value = *squeezed;
    } else if (!take_affn(rest, value)) {
      return invalid_input("expected a number, found " + quoted(token));
    }
    if (check) {
      check = false;
      const double expected = ordinates_.back();
      if (!(std::abs(value - expected) <= 1e-6 * std::max(1.0, std::abs(expected)))) {
        return invalid_input("the line begins with ordinate " + number_text(value) +
                             ", but the line before ended with " + number_text(expected) +
                             ": a line is missing, doubled or damaged");
      }
    } else if (auto done = put(value, max_points); !done) {
      return done;
    }
    last = Last::kValue;
  }
  line_ended_in_difference_ = last == Last::kDifference;
  return {};
}

}  // namespace beltwarden::formats
