#include "api/openapi.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/answers.h"

namespace beltwarden::api {
namespace {

using boost::json::array;
using boost::json::object;

const char* who(Access access) {
  switch (access) {
    case Access::kAnyone: return "anyone";
    case Access::kSignedIn: return "signed in";
    case Access::kInspection: return "officer, supervisor or admin";
    case Access::kDecides: return "officer or supervisor";
    case Access::kSupervises: return "supervisor";
    case Access::kFeedsOrDecides: return "terminal, officer or supervisor";
    case Access::kAdmin: return "admin";
    case Access::kLoopbackOrAdmin: return "from this machine, or admin";
  }
  return "";
}

array parameters_of(const std::string& pattern) {
  array parameters;
  for (auto open = pattern.find('{'); open != std::string::npos; open = pattern.find('{', open + 1)) {
    const auto close = pattern.find('}', open);
    parameters.push_back(object{{"name", pattern.substr(open + 1, close - open - 1)}, {"in", "path"}, {"required", true},
                                {"schema", object{{"type", "string"}, {"maxLength", 128}}}});
  }
  // Queries are named in the summary's last parentheses: "(lot, from_t, to_t)".
  return parameters;
}

void add_query_parameters(const std::string& summary, array& parameters) {
  const auto open = summary.rfind('(');
  if (open == std::string::npos || summary.back() != ')') return;
  std::string names = summary.substr(open + 1, summary.size() - open - 2);
  for (std::size_t start = 0; start < names.size();) {
    const auto end = std::min(names.find(", ", start), names.size());
    std::string name = names.substr(start, end - start);
    object schema{{"type", "string"}};
    if (const auto equals = name.find('='); equals != std::string::npos) {
      schema["description"] = name.substr(equals + 1);
      name.resize(equals);
    }
    parameters.push_back(object{{"name", name}, {"in", "query"}, {"required", false}, {"schema", std::move(schema)}});
    start = end + 2;
  }
}

object schema_of(const boost::json::value& example) {
  if (example.is_string()) return {{"type", "string"}};
  if (example.is_bool()) return {{"type", "boolean"}};
  if (example.is_int64()) return {{"type", "number"}};
  if (example.is_double()) return {{"type", "number"}};
  object properties;
  if (const auto* fields = example.if_object()) {
    for (const auto& [name, field] : *fields) properties[name] = schema_of(field);
  }
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

}  // namespace

std::string openapi_document(const std::vector<Route>& routes) {
  object paths;
  for (const auto& route : routes) {
    if (!paths.contains(route.pattern)) paths[route.pattern] = object{};
    std::string method = route.method;
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return std::tolower(c); });
    array parameters = parameters_of(route.pattern);
    add_query_parameters(route.summary, parameters);
    if (route.access != Access::kAnyone && route.method != "GET") {
      parameters.push_back(object{{"name", "X-CSRF"}, {"in", "header"}, {"required", true},
                                  {"schema", object{{"type", "string"}, {"description", "the session's csrf"}}}});
    }
    const object error{{"description", "what was expected and found"},
                       {"content", object{{"application/json", object{{"schema", object{{"$ref", "#/components/schemas/Error"}}}}}}}};
    object done{{"description", "done"}};
    if (auto schema = answer_schema(route.method, route.pattern)) {
      done["content"] = object{{"application/json", object{{"schema", std::move(*schema)}}}};
    }
    object operation{{"summary", route.summary}, {"description", std::string("Who: ") + who(route.access)},
                     {"parameters", std::move(parameters)},
                     {"responses", object{{std::to_string(route.success), std::move(done)}, {"default", error}}}};
    if (!route.body.empty()) {
      const auto example = boost::json::parse(route.body);
      object content{{"application/json", object{{"schema", schema_of(example)}, {"example", example}}}};
      if (!route.csv.empty()) content["text/csv"] = object{{"schema", object{{"type", "string"}}}, {"example", route.csv}};
      operation["requestBody"] = object{{"required", true}, {"content", std::move(content)}};
    }
    if (route.access != Access::kAnyone) operation["security"] = array{object{{"session", array{}}}};
    paths[route.pattern].as_object()[method] = std::move(operation);
  }
  const object error_schema = schema_of(boost::json::parse(R"({"error":{"code":"invalid_input","message":"..."}})"));
  object shapes = answer_shapes();
  shapes["Error"] = error_schema;
  object document{
      {"openapi", "3.1.0"},
      {"info", object{{"title", "Beltwarden"}, {"version", "1"}, {"description", "docs/api.md tells the shapes and the push"}}},
      {"paths", std::move(paths)},
      {"components", object{{"schemas", std::move(shapes)},
                            {"securitySchemes", object{{"session", object{{"type", "apiKey"}, {"in", "cookie"}, {"name", "beltwarden_session"}}}}}}}};
  return boost::json::serialize(document);
}

}  // namespace beltwarden::api
