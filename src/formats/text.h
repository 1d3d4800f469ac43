// Small readers of text that never throw and never look at the locale. Private to formats.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace beltwarden::formats {

/// Without blanks, tabs and line ends at both ends.
std::string_view trim(std::string_view text);

/// Lower case, ASCII only.
std::string lower(std::string_view text);

/// The whole of `text` as a finite decimal number (a leading '+' is allowed); empty otherwise.
std::optional<double> parse_number(std::string_view text);

/// The shortest text that reads back as `value`; "" when it is not finite.
std::string number_text(double value);

/// With blanks in place of line ends and zero bytes.
std::string one_line(std::string_view text);

/// Values in equal steps, each within 1e-9 of the span? One value is; none, or a span of zero, is not.
bool is_even(const std::vector<double>& x);

/// For messages: at most 40 characters, unprintable ones as '.', in quotes.
std::string quoted(std::string_view text);

/// Hands out lines without their end (LF, CRLF or CR) and counts them from 1.
class LineReader {
 public:
  explicit LineReader(std::string_view text);
  bool next(std::string_view& line);
  std::size_t line_number() const { return line_number_; }

 private:
  std::string_view rest_;
  std::size_t line_number_ = 0;
};

}  // namespace beltwarden::formats
