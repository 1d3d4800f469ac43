#include <algorithm>
#include <boost/json/array.hpp>
#include <set>
#include <utility>

#include "api/declaration_json.h"
#include "api/json.h"
#include "api/routes.h"

namespace beltwarden::api {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::size_t kMostErrors = 500;  // a file that is all wrong need not be answered with a larger one

Response field_errors(const std::vector<control::FieldError>& errors, bool conflict) {
  array fields;
  for (const auto& e : errors) {
    if (fields.size() == kMostErrors) break;
    object field{{"field", e.field}, {"message", e.message}};
    if (e.row > 0) field["row"] = e.row;
    fields.push_back(std::move(field));
  }
  const std::string message = std::to_string(errors.size()) + (errors.size() == 1 ? " field does" : " fields do") +
                              " not fit; nothing was imported";
  return json_response(object{{"error", object{{"code", conflict ? "conflict" : "invalid_input"}, {"message", message},
                                               {"fields", std::move(fields)}}}},
                       conflict ? 409 : 400);
}

// What did not parse, and what parsed but does not fit, so that a file is mended in one go. Where whole rows did not parse
// the others' numbers are not certain: then only these are told.
std::vector<control::FieldError> with_the_rest(control::ParsedDeclarations parsed) {
  std::set<std::pair<std::uint32_t, std::string>> told;
  for (const auto& e : parsed.errors) {
    if (e.field.empty() || e.row == 0) return std::move(parsed.errors);
    told.insert({e.row, e.field});
  }
  for (auto& e : control::check(parsed.declarations)) {
    if (told.insert({e.row, e.field}).second) parsed.errors.push_back(std::move(e));
  }
  std::stable_sort(parsed.errors.begin(), parsed.errors.end(), [](const auto& a, const auto& b) { return a.row < b.row; });
  return std::move(parsed.errors);
}

Response import(Desk& desk, const Call& call) {
  control::ParsedDeclarations parsed;
  if (is_media_type(call.request.content_type, "text/csv")) {
    parsed = control::parse_declarations_csv(call.request.body);
  } else if (is_media_type(call.request.content_type, "application/json")) {
    parsed = parse_declarations_json(call.request.body);
  } else {
    return error_response(415, "media_type", "declarations come as application/json or text/csv");
  }
  if (!parsed.errors.empty()) return field_errors(with_the_rest(std::move(parsed)), false);
  auto outcome = desk.control.import_declarations(call.actor, parsed.declarations);
  if (!outcome) return error_response(outcome.error());
  if (!outcome->errors.empty()) return field_errors(outcome->errors, outcome->conflict);
  array numbers;
  for (const auto& number : outcome->numbers) numbers.push_back(boost::json::string(number));
  return json_response(object{{"accepted", outcome->accepted}, {"unchanged", outcome->unchanged}, {"numbers", std::move(numbers)}});
}

}  // namespace

void add_declaration_routes(Router& router, Desk& desk) {
  router.add({"GET", "/api/v1/declarations", Access::kSignedIn, "Import declarations; a consignee sees its own", "",
              [&desk](const Call& call) {
                array out;
                for (const auto& declaration : desk.control.declarations(call.actor)) out.push_back(to_json(declaration));
                return json_response(object{{"declarations", std::move(out)}});
              }});
  router.add({"POST", "/api/v1/declarations", Access::kInspection, "Import declarations, JSON or CSV; all or nothing",
              R"({"number":"2026-0001","hs_code":"260111","brand":"...","origin":"...","consignee":"...","ship":"...","call":"...","lot":"...","feed_number":1,"mass_t":55000,"composition":{"Fe":62.1},"commodity":"iron-ore"})",
              [&desk](const Call& call) { return import(desk, call); }, 200,
              "number,hs_code,brand,origin,consignee,ship,call,lot,feed_number,mass_t,composition.Fe,commodity\n"
              "2026-0001,260111,...,...,...,...,...,...,1,55000,62.1,iron-ore\n"});
}

}  // namespace beltwarden::api
