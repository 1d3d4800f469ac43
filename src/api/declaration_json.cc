#include "api/declaration_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <string>
#include <utility>

namespace beltwarden::api {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::size_t kMaxRows = 1000;
constexpr std::size_t kMaxComponents = 64;

class RowReader {
 public:
  RowReader(std::uint32_t row, std::vector<control::FieldError>& errors) : row_(row), errors_(errors) {}

  control::Declaration read(const object& from) {
    control::Declaration out;
    const std::pair<std::string_view, std::string*> texts[] = {
        {"number", &out.number}, {"hs_code", &out.hs_code}, {"brand", &out.brand}, {"origin", &out.origin},
        {"consignee", &out.consignee}, {"ship", &out.ship}, {"call", &out.call}, {"lot", &out.lot},
        {"line", &out.line}, {"commodity", &out.commodity}};
    for (const auto& [key, field] : from) {
      bool known = false;
      for (const auto& [name, target] : texts) {
        if (key != name) continue;
        known = true;
        if (field.is_string()) {
          *target = std::string(field.as_string());
        } else {
          wrong(name, "expected a text in quotes");
        }
      }
      if (key == "feed_number") {
        known = true;
        if (field.is_int64()) {
          out.feed_number = field.as_int64();
        } else {
          wrong(key, "expected a whole number");
        }
      } else if (key == "mass_t") {
        known = true;
        if (field.is_number()) {
          out.mass_t = field.to_number<double>();
        } else {
          wrong(key, "expected wet tonnes as a number");
        }
      } else if (key == "composition") {
        known = true;
        composition(field, out);
      }
      if (!known) wrong(key, "is no field of a declaration");
    }
    return out;
  }

 private:
  void composition(const value& field, control::Declaration& out) {
    if (!field.is_object() || field.as_object().size() > kMaxComponents) {
      wrong("composition", "expected an object of at most 64 numbers, like {\"Fe\": 62.1}");
      return;
    }
    for (const auto& [name, percent] : field.as_object()) {
      if (percent.is_number()) {
        out.composition[std::string(name)] = percent.to_number<double>();
      } else {
        wrong("composition." + std::string(name), "expected a number in %");
      }
    }
  }

  void wrong(std::string_view field, std::string message) {
    errors_.push_back({row_, std::string(field.substr(0, 80)), std::move(message)});
  }

  std::uint32_t row_;
  std::vector<control::FieldError>& errors_;
};

}  // namespace

control::ParsedDeclarations parse_declarations_json(std::string_view text) {
  control::ParsedDeclarations out;
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 8;
  const value parsed = boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options);
  if (error) {
    out.errors.push_back({0, "", "the text is no proper JSON: " + error.message()});
    return out;
  }
  boost::json::array rows;
  if (parsed.is_array()) {
    rows = parsed.as_array();
  } else {
    rows.push_back(parsed);
  }
  if (rows.empty() || rows.size() > kMaxRows) {
    out.errors.push_back({0, "", "expected 1 to 1000 declarations, found " + std::to_string(rows.size())});
    return out;
  }
  std::uint32_t number = 0;
  for (const auto& row : rows) {
    ++number;
    if (!row.is_object()) {
      out.errors.push_back({number, "", "expected an object"});
      continue;
    }
    out.declarations.push_back(RowReader(number, out.errors).read(row.as_object()));
  }
  return out;
}

}  // namespace beltwarden::api
