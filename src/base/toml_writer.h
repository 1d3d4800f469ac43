// Settings and fitted models as TOML text that `Config` reads back to the same bits.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace beltwarden {

/// Builds a document line by line: plain keys of a table before its sub-tables.
class TomlWriter {
 public:
  TomlWriter& comment(std::string_view text);
  TomlWriter& table(std::string_view name);          ///< [name]
  TomlWriter& item(std::string_view name);           ///< [[name]]
  TomlWriter& put(std::string_view key, std::string_view text);
  TomlWriter& put(std::string_view key, double number);             ///< shortest text that reads back exactly
  TomlWriter& put(std::string_view key, std::int64_t number);
  TomlWriter& put(std::string_view key, std::span<const double> numbers);

  const std::string& text() const { return text_; }

 private:
  void key(std::string_view name);
  void number(double value);
  std::string text_;
};

}  // namespace beltwarden
