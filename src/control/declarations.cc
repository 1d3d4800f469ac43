#include "control/declarations.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <set>

#include "control/fields.h"

namespace beltwarden::control {
namespace {

constexpr double kMaxMassT = 1'000'000;
constexpr std::int64_t kMaxFeedNumber = 999;
constexpr std::size_t kMaxComponents = 64;

std::string shown(const std::string& text) {
  if (text.empty()) return "nothing";
  return std::string("\"").append(text, 0, 40).append("\"");
}

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '/';
  });
}

class Checker {
 public:
  Checker(std::uint32_t row, std::vector<FieldError>& errors) : row_(row), errors_(errors) {}

  void error(const std::string& field, const std::string& message) { errors_.push_back({row_, field, message}); }

  void name(const char* field, const std::string& value) {
    if (!is_name(value)) error(field, "expected 1 to 64 letters, digits, '-', '_', '.' or '/', found " + shown(value));
  }
  void text(const char* field, const std::string& value) {
    if (value.empty() || !is_clean_text(value, 120)) error(field, "expected 1 to 120 bytes of text, found " + shown(value));
  }

 private:
  std::uint32_t row_;
  std::vector<FieldError>& errors_;
};

std::string number_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

void check_composition(const Declaration& declaration, Checker& checker) {
  if (declaration.composition.size() > kMaxComponents) {
    checker.error("composition", "expected at most 64 components, found " + std::to_string(declaration.composition.size()));
    return;
  }
  double dry = 0;
  for (const auto& [name, percent] : declaration.composition) {
    const std::string field = "composition." + name;
    if (!is_name(name) || name.size() > 24) checker.error("composition", "expected a component's name, found " + shown(name));
    // Magnetite gains oxygen on ignition, so its loss is negative: -3.5 % for the pure mineral.
    const double least = name == "LOI" ? -5 : 0;
    if (!(percent >= least && percent <= 100)) {
      checker.error(field, "expected " + number_text(least) + " to 100 %, found " + number_text(percent));
    } else if (name != "moisture") {
      dry += percent;
    }
  }
  // Iron as element beside oxides leaves room for its oxygen: a true analysis never reaches 100.
  if (dry > 100) checker.error("composition", "expected components of dry mass that sum to at most 100 %, found " + number_text(dry));
}

void check_one(const Declaration& declaration, Checker& checker) {
  checker.name("number", declaration.number);
  const bool digits = std::all_of(declaration.hs_code.begin(), declaration.hs_code.end(), [](unsigned char c) { return std::isdigit(c); });
  if (!digits || declaration.hs_code.size() < 6 || declaration.hs_code.size() > 10) {
    checker.error("hs_code", "expected 6 to 10 digits, found " + shown(declaration.hs_code));
  }
  checker.text("brand", declaration.brand);
  checker.text("origin", declaration.origin);
  checker.text("consignee", declaration.consignee);
  checker.text("ship", declaration.ship);
  checker.name("call", declaration.call);
  checker.name("lot", declaration.lot);
  checker.name("commodity", declaration.commodity);
  if (!declaration.line.empty()) checker.name("line", declaration.line);
  if (declaration.feed_number < 1 || declaration.feed_number > kMaxFeedNumber) {
    checker.error("feed_number", "expected 1 to 999, found " + std::to_string(declaration.feed_number));
  }
  if (!(declaration.mass_t > 0 && declaration.mass_t <= kMaxMassT)) {
    checker.error("mass_t", "expected more than 0 and at most 1000000 t, found " + number_text(declaration.mass_t));
  }
  check_composition(declaration, checker);
}

}  // namespace

std::vector<FieldError> check(const std::vector<Declaration>& declarations) {
  std::vector<FieldError> errors;
  std::set<std::string> numbers, lots;
  std::set<std::pair<std::string, std::int64_t>> feeds;
  std::uint32_t row = 0;
  for (const auto& declaration : declarations) {
    Checker checker(++row, errors);
    check_one(declaration, checker);
    if (!numbers.insert(declaration.number).second) {
      checker.error("number", "expected each number once, found " + shown(declaration.number) + " again");
    }
    if (!lots.insert(declaration.lot).second) {
      checker.error("lot", "expected each lot once, found " + shown(declaration.lot) + " again");
    }
    if (!feeds.insert({declaration.call, declaration.feed_number}).second) {
      checker.error("feed_number", "expected each feed number once in a call, found " +
                                       std::to_string(declaration.feed_number) + " again in call " + shown(declaration.call));
    }
  }
  return errors;
}

material::LotPlan plan_of(const Declaration& declaration) {
  material::LotPlan plan;
  plan.lot = LotId{declaration.lot};
  plan.feed_number = static_cast<std::int32_t>(declaration.feed_number);
  plan.call = CallId{declaration.call};
  plan.consignment = ConsignmentId{declaration.number};
  plan.commodity = declaration.commodity;
  plan.hs_code = declaration.hs_code;
  plan.brand = declaration.brand;
  plan.origin = declaration.origin;
  plan.consignee = declaration.consignee;
  plan.declared_mass_t = declaration.mass_t;
  plan.declared_composition = declaration.composition;
  return plan;
}

}  // namespace beltwarden::control
