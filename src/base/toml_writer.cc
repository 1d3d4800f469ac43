#include "base/toml_writer.h"

#include <charconv>
#include <cmath>

namespace beltwarden {

void TomlWriter::key(std::string_view name) { text_.append(name).append(" = "); }

void TomlWriter::number(double value) {
  if (!std::isfinite(value)) {
    text_ += std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  const std::string_view digits(buffer, static_cast<std::size_t>(end - buffer));
  text_ += digits;
  if (digits.find_first_of(".e") == std::string_view::npos) text_ += ".0";  // else TOML reads an integer
}

TomlWriter& TomlWriter::comment(std::string_view text) {
  text_.append("# ").append(text).append("\n");
  return *this;
}

TomlWriter& TomlWriter::table(std::string_view name) {
  text_.append("\n[").append(name).append("]\n");
  return *this;
}

TomlWriter& TomlWriter::item(std::string_view name) {
  text_.append("\n[[").append(name).append("]]\n");
  return *this;
}

TomlWriter& TomlWriter::put(std::string_view name, std::string_view text) {
  key(name);
  text_ += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (text_ += '\\') += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      constexpr char kHex[] = "0123456789abcdef";
      ((text_ += "\\u00") += kHex[byte >> 4]) += kHex[byte & 15];
    } else {
      text_ += c;
    }
  }
  text_ += "\"\n";
  return *this;
}

TomlWriter& TomlWriter::put(std::string_view name, double value) {
  key(name);
  number(value);
  text_ += '\n';
  return *this;
}

TomlWriter& TomlWriter::put(std::string_view name, std::int64_t value) {
  key(name);
  text_ += std::to_string(value);
  text_ += '\n';
  return *this;
}

TomlWriter& TomlWriter::put(std::string_view name, std::span<const double> numbers) {
  key(name);
  text_ += '[';
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) text_ += ", ";
    number(numbers[i]);
  }
  text_ += "]\n";
  return *this;
}

}  // namespace beltwarden
