// Settings from TOML files, read field by field with errors that name file, line and field.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden {

/// One table of a TOML document. Copies share the parsed document, which never changes.
///
/// Getters with a default return it when the key is absent and an error when it is present with another type
/// or out of range; getters without one also fail when it is absent. Keys may be dotted: "plc.port".
class Config {
 public:
  static Result<Config> parse(std::string_view text, const std::string& origin);
  static Result<Config> load(const std::string& path);

  Result<std::string> text(std::string_view key) const;
  Result<std::string> text(std::string_view key, std::string fallback) const;
  Result<double> number(std::string_view key, double low, double high) const;
  Result<double> number(std::string_view key, double low, double high, double fallback) const;
  Result<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high) const;
  Result<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high, std::int64_t fallback) const;
  Result<bool> flag(std::string_view key, bool fallback) const;
  Result<std::vector<std::string>> texts(std::string_view key) const;     ///< empty when absent
  Result<std::vector<double>> numbers(std::string_view key) const;        ///< empty when absent

  bool has(std::string_view key) const;
  Result<Config> table(std::string_view key) const;                       ///< must exist
  std::vector<Config> tables(std::string_view key) const;                 ///< [[key]]; empty when absent
  std::vector<std::string> keys() const;

  /// Fails naming the first key that is not in `known`: a misspelt setting must not be ignored in silence.
  Result<void> only(const std::vector<std::string_view>& known) const;

  /// "file.toml:12" of this table, for messages.
  std::string where() const;

 private:
  struct Node;
  explicit Config(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  std::shared_ptr<const Node> node_;
};

}  // namespace beltwarden
