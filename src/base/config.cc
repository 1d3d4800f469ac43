#include "base/config.h"

#include <algorithm>
#include <sstream>

#include "base/file.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace beltwarden {
namespace {
constexpr std::uint64_t kMaxConfigBytes = 4 << 20;

std::string line_of(const std::string& origin, const toml::node& node) {
  return origin + ":" + std::to_string(node.source().begin.line);
}
}  // namespace

struct Config::Node {
  std::shared_ptr<const toml::table> document;  // owns what `table` points into
  const toml::table* table = nullptr;
  std::string origin;
};

Result<Config> Config::parse(std::string_view text, const std::string& origin) {
  toml::parse_result parsed = toml::parse(text, origin);
  if (!parsed) {
    const auto& error = parsed.error();
    return invalid_input(origin + ":" + std::to_string(error.source().begin.line) + ": " +
                         std::string(error.description()));
  }
  auto document = std::make_shared<const toml::table>(std::move(parsed).table());
  const toml::table* root = document.get();
  return Config(std::make_shared<const Node>(Node{document, root, origin}));
}

Result<Config> Config::load(const std::string& path) {
  auto bytes = read_file(path, kMaxConfigBytes);
  if (!bytes) return bytes.error();
  return parse(*bytes, path);
}

bool Config::has(std::string_view key) const { return static_cast<bool>(node_->table->at_path(key)); }

std::string Config::where() const { return line_of(node_->origin, *node_->table); }

namespace {

Error missing(const Config& config, std::string_view key) {
  return invalid_input(config.where() + ": '" + std::string(key) + "' is missing");
}

template <class N>
Result<N> in_range(N value, N low, N high, const std::string& where, std::string_view key) {
  if (value >= low && value <= high) return value;  // false for NaN
  std::ostringstream message;
  message << where << ": '" << key << "' is " << value << ", expected " << low << " to " << high;
  return invalid_input(message.str());
}

Error wrong_type(const std::string& where, std::string_view key, const char* expected) {
  return invalid_input(where + ": '" + std::string(key) + "' should be " + expected);
}

}  // namespace

Result<std::string> Config::text(std::string_view key) const {
  const auto node = node_->table->at_path(key);
  if (!node) return missing(*this, key);
  if (const auto* value = node.as_string()) return value->get();
  return wrong_type(line_of(node_->origin, *node.node()), key, "a text in quotes");
}

Result<std::string> Config::text(std::string_view key, std::string fallback) const {
  return has(key) ? text(key) : Result<std::string>(std::move(fallback));
}

Result<double> Config::number(std::string_view key, double low, double high) const {
  const auto node = node_->table->at_path(key);
  if (!node) return missing(*this, key);
  const std::string where = line_of(node_->origin, *node.node());
  if (!node.is_number()) return wrong_type(where, key, "a number");
  return in_range(*node.value<double>(), low, high, where, key);
}

Result<double> Config::number(std::string_view key, double low, double high, double fallback) const {
  return has(key) ? number(key, low, high) : Result<double>(fallback);
}

Result<std::int64_t> Config::integer(std::string_view key, std::int64_t low, std::int64_t high) const {
  const auto node = node_->table->at_path(key);
  if (!node) return missing(*this, key);
  const std::string where = line_of(node_->origin, *node.node());
  const auto* value = node.as_integer();
  if (!value) return wrong_type(where, key, "a whole number");
  return in_range(value->get(), low, high, where, key);
}

Result<std::int64_t> Config::integer(std::string_view key, std::int64_t low, std::int64_t high,
                                     std::int64_t fallback) const {
  return has(key) ? integer(key, low, high) : Result<std::int64_t>(fallback);
}

Result<bool> Config::flag(std::string_view key, bool fallback) const {
  const auto node = node_->table->at_path(key);
  if (!node) return fallback;
  if (const auto* value = node.as_boolean()) return value->get();
  return wrong_type(line_of(node_->origin, *node.node()), key, "true or false");
}

Result<std::vector<std::string>> Config::texts(std::string_view key) const {
  std::vector<std::string> values;
  const auto node = node_->table->at_path(key);
  if (!node) return values;
  const std::string where = line_of(node_->origin, *node.node());
  const auto* array = node.as_array();
  if (!array) return wrong_type(where, key, "a list of texts");
  for (const auto& element : *array) {
    const auto* value = element.as_string();
    if (!value) return wrong_type(where, key, "a list of texts");
    values.push_back(value->get());
  }
  return values;
}

Result<std::vector<double>> Config::numbers(std::string_view key) const {
  std::vector<double> values;
  const auto node = node_->table->at_path(key);
  if (!node) return values;
  const std::string where = line_of(node_->origin, *node.node());
  const auto* array = node.as_array();
  if (!array) return wrong_type(where, key, "a list of numbers");
  for (const auto& element : *array) {
    const auto value = element.is_number() ? element.value<double>() : std::nullopt;
    if (!value) return wrong_type(where, key, "a list of numbers");
    values.push_back(*value);
  }
  return values;
}

Result<Config> Config::table(std::string_view key) const {
  const auto node = node_->table->at_path(key);
  if (!node) return missing(*this, key);
  const auto* table = node.as_table();
  if (!table) return wrong_type(line_of(node_->origin, *node.node()), key, "a table");
  return Config(std::make_shared<const Node>(Node{node_->document, table, node_->origin}));
}

std::vector<Config> Config::tables(std::string_view key) const {
  std::vector<Config> result;
  const auto node = node_->table->at_path(key);
  if (const auto* array = node.as_array()) {
    for (const auto& element : *array) {
      if (const auto* table = element.as_table()) {
        result.push_back(Config(std::make_shared<const Node>(Node{node_->document, table, node_->origin})));
      }
    }
  }
  return result;
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> result;
  for (const auto& [key, value] : *node_->table) result.emplace_back(key.str());
  return result;
}

Result<void> Config::only(const std::vector<std::string_view>& known) const {
  for (const auto& [key, value] : *node_->table) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      return invalid_input(line_of(node_->origin, value) + ": '" + std::string(key.str()) + "' is not a setting here");
    }
  }
  return {};
}

}  // namespace beltwarden
