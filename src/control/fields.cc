#include "control/fields.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace beltwarden::control {
namespace {

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      default: out += c;
    }
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    switch (text[i]) {
      case '\\': out += '\\'; break;
      case 't': out += '\t'; break;
      case 'n': out += '\n'; break;
      default: return std::nullopt;
    }
  }
  return out;
}

/// Length of the UTF-8 sequence that begins `text`; 0 when it is none (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0u) == 0x80u; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (first == 0xE0 && at(1) < 0xA0) return 0;
    if (first == 0xED && at(1) > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (first == 0xF0 && at(1) < 0x90) return 0;
    if (first == 0xF4 && at(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

Result<Fields> Fields::decode(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const auto line_end = text.find('\n');
    const auto tab = text.find('\t');
    if (line_end == std::string_view::npos || tab == std::string_view::npos || tab > line_end) {
      return corrupt("event: expected lines of name, tab and value");
    }
    auto value = unescaped(text.substr(tab + 1, line_end - tab - 1));
    if (!value) return corrupt("event: a value has an unknown escape");
    fields.values_[std::string(text.substr(0, tab))] = std::move(*value);
    text.remove_prefix(line_end + 1);
  }
  return fields;
}

std::string Fields::encode() const {
  std::string out;
  for (const auto& [name, value] : values_) out += name + "\t" + escaped(value) + "\n";
  return out;
}

Fields& Fields::set(const std::string& name, std::string value) {
  values_[name] = std::move(value);
  return *this;
}

Fields& Fields::set(const std::string& name, double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return set(name, std::string(text, end.ptr));
}

Fields& Fields::set(const std::string& name, std::int64_t value) { return set(name, std::to_string(value)); }

Fields& Fields::set(const std::string& name, bool value) { return set(name, value ? "yes" : "no"); }

Fields& Fields::set(const std::string& name, TonneInterval tonnes) {
  set(name + "_from_t", tonnes.from.value);
  return set(name + "_to_t", tonnes.to.value);
}

Fields& Fields::set(const std::string& name, const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return set(name, std::move(text));
}

std::string Fields::text(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? "" : found->second;
}

double Fields::number(const std::string& name) const {
  const std::string value = text(name);
  double number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

std::int64_t Fields::integer(const std::string& name) const {
  const std::string value = text(name);
  std::int64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

bool Fields::flag(const std::string& name) const { return text(name) == "yes"; }

std::optional<TonneInterval> Fields::tonnes(const std::string& name) const {
  if (!has(name + "_from_t") || !has(name + "_to_t")) return std::nullopt;
  return TonneInterval{Tonnes{number(name + "_from_t")}, Tonnes{number(name + "_to_t")}};
}

std::vector<std::int64_t> Fields::integers(const std::string& name) const {
  const std::string value = text(name);
  std::vector<std::int64_t> numbers;
  const char* at = value.data();
  const char* const end = at + value.size();
  while (at < end) {
    std::int64_t number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ec != std::errc{}) break;
    numbers.push_back(number);
    at = read.ptr + 1;
  }
  return numbers;
}

bool is_clean_text(std::string_view text, std::size_t max_bytes, bool lines) {
  if (text.size() > max_bytes) return false;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    if ((first < 0x20 && !(lines && first == '\n')) || first == 0x7F) return false;
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Result<void> check_reason(std::string_view reason) {
  if (reason.size() >= 3 && is_clean_text(reason, 1000, true)) return {};
  return invalid_input("reason: expected 3 to 1000 bytes of text, found " + std::to_string(reason.size()));
}

}  // namespace beltwarden::control
