// The machine's page, the people's page and the routes say the same.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "api/api_for_tests.h"

namespace beltwarden::api {
namespace {

using ::testing::UnorderedElementsAreArray;

/// "GET /api/v1/lots/{lot}/findings (limit, min_verdict): officer, supervisor or admin"
std::string words(const std::string& method, const std::string& path, const std::set<std::string>& query, const std::string& who) {
  std::string names;
  for (const auto& name : query) names += (names.empty() ? "" : ", ") + name;
  return method + " " + path + " (" + names + "): " + who;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

std::string trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(" `"), to = text.find_last_not_of(" `");
  return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

class OpenapiTest : public ApiTest {
 protected:
  std::vector<std::string> by_machine() {
    std::vector<std::string> out;
    const auto paths = as("").get("/api/v1/openapi.json").at("/paths");
    for (const auto& [path, methods] : paths.as_object()) {
      for (const auto& [method, operation] : methods.as_object()) {
        std::string upper(method);
        for (auto& c : upper) c = static_cast<char>(::toupper(c));
        std::set<std::string> query;
        for (const auto& parameter : operation.at("parameters").as_array()) {
          if (parameter.at("in") == "query") query.emplace(parameter.at("name").as_string());
        }
        out.push_back(words(upper, std::string(path), query, std::string(operation.at("description").as_string()).substr(5)));
      }
    }
    return out;
  }
};

TEST_F(OpenapiTest, ThePageForPeopleNamesTheSameRoutesParametersAndRoles) {
  std::ifstream page(BELTWARDEN_DOCS "/api.md");
  ASSERT_TRUE(page);
  std::vector<std::string> by_hand;
  for (std::string line; std::getline(page, line);) {
    const auto cells = split(line, '|');
    if (cells.size() < 5 || trimmed(cells[2]).substr(0, 1) != "/") continue;
    const std::string address = trimmed(cells[2]);
    const auto question = std::min(address.find('?'), address.size());
    std::set<std::string> query;
    if (question < address.size()) {
      for (const auto& pair : split(address.substr(question + 1), '&')) query.insert(pair.substr(0, pair.find('=')));
    }
    by_hand.push_back(words(trimmed(cells[1]), address.substr(0, question), query, trimmed(cells[3])));
  }
  EXPECT_GT(by_hand.size(), 25u);
  EXPECT_THAT(by_hand, UnorderedElementsAreArray(by_machine()));
}

TEST_F(OpenapiTest, EveryPathOfItIsAnswered) {
  const auto admin = as("admin");
  const auto paths = admin.get("/api/v1/openapi.json").at("/paths");
  for (const auto& [pattern, methods] : paths.as_object()) {
    std::string path(pattern);
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) path.replace(open, path.find('}') - open + 1, "x");
    const auto refused = admin.send("TRACE", path);
    EXPECT_EQ(refused.status, 405u) << path;
    std::set<std::string> allowed, named;
    for (const auto& method : split(refused.header("allow"), ',')) {
      if (trimmed(method) != "HEAD") allowed.insert(trimmed(method));
    }
    for (const auto& [method, operation] : methods.as_object()) {
      std::string upper(method);
      for (auto& c : upper) c = static_cast<char>(::toupper(c));
      named.insert(upper);
    }
    EXPECT_EQ(allowed, named) << path;
  }
}

/// What of a real answer its schema does not tell, or tells otherwise.
void differences(const boost::json::value& answer, boost::json::value schema, const boost::json::value& shapes,
                 const std::string& where, std::vector<std::string>& out) {
  if (const auto* ref = schema.as_object().if_contains("$ref")) {
    const std::string name(ref->as_string());
    schema = shapes.at(name.substr(name.rfind('/') + 1));
  }
  const auto& type = schema.at("type");
  const char* is = answer.is_string() ? "string" : answer.is_bool() ? "boolean" : answer.is_number() ? "number"
                   : answer.is_array() ? "array" : answer.is_object() ? "object" : "null";
  const bool fits = type.is_array() ? std::count(type.as_array().begin(), type.as_array().end(), boost::json::value(is)) > 0 : type == is;
  if (!fits) out.push_back(where + " is a " + is);
  if (const auto* list = answer.if_array()) {
    const auto* items = schema.as_object().if_contains("items");
    for (const auto& item : *list) {
      if (items) differences(item, *items, shapes, where + "[]", out);
    }
  }
  const auto* fields = answer.if_object();
  const auto* properties = schema.as_object().if_contains("properties");
  if (!fields || !properties || properties->as_object().empty()) return;
  for (const auto& [name, field] : *fields) {
    const auto* known = properties->as_object().if_contains(name);
    if (!known) out.push_back(where + "/" + std::string(name) + " is not told");
    else differences(field, *known, shapes, where + "/" + std::string(name), out);
  }
  if (const auto* required = schema.as_object().if_contains("required")) {
    for (const auto& name : required->as_array()) {
      if (!fields->contains(name.as_string())) out.push_back(where + "/" + std::string(name.as_string()) + " is missing");
    }
  }
}

TEST_F(OpenapiTest, TellsTheShapeOfWhatIsAnswered) {
  inspect_whole_lot();
  raise_alarm();
  const auto document = as("").get("/api/v1/openapi.json");
  const auto shapes = document.at("/components/schemas");
  const auto officer = as("officer");
  ASSERT_EQ(officer.post("/api/v1/cases/C-1/dispositions", R"({"kind":"hold_interval","reason":"for the laboratory"})").status, 200u);
  raise_alarm();
  ASSERT_EQ(as("supervisor").post("/api/v1/lines/A/models/slag_comparison/service", R"({"in_service":false,"reason":"lamp is changed"})").status, 200u);
  const std::vector<std::pair<std::string, std::string>> asked{
      {"/api/v1/session", "/api/v1/session"},     {"/api/v1/site", "/api/v1/site"},
      {"/api/v1/lines/A", "/api/v1/lines/{line}"}, {"/api/v1/lines/A/series?lot=L1", "/api/v1/lines/{line}/series"},
      {"/api/v1/instruments", "/api/v1/instruments"}, {"/api/v1/lots", "/api/v1/lots"},
      {"/api/v1/lots/L1", "/api/v1/lots/{lot}"},  {"/api/v1/lots/L1/findings", "/api/v1/lots/{lot}/findings"},
      {"/api/v1/alarms?state=all", "/api/v1/alarms"}, {"/api/v1/cases?state=all", "/api/v1/cases"},
      {"/api/v1/cases/C-1", "/api/v1/cases/{case}"}, {"/api/v1/service", "/api/v1/service"},
      {"/api/v1/audit", "/api/v1/audit"},         {"/api/v1/declarations", "/api/v1/declarations"}};
  for (const auto& [address, pattern] : asked) {
    const auto answer = officer.get(address);
    ASSERT_EQ(answer.status, 200u) << address;
    const auto schema = document.at("/paths").at(pattern).at("get").at("responses").at("200").at("content").at("application/json").at("schema");
    std::vector<std::string> found;
    differences(answer.at(""), schema, shapes, address, found);
    EXPECT_THAT(found, ::testing::IsEmpty());
  }
}

TEST_F(OpenapiTest, EveryJsonAnswerHasAShape) {
  const auto paths = as("").get("/api/v1/openapi.json").at("/paths");
  std::vector<std::string> without;
  for (const auto& [pattern, methods] : paths.as_object()) {
    for (const auto& [method, operation] : methods.as_object()) {
      for (const auto& [status, response] : operation.at("responses").as_object()) {
        if (!response.as_object().contains("content")) without.push_back(std::string(pattern));
      }
    }
  }
  EXPECT_THAT(without, UnorderedElementsAreArray({"/metrics", "/api/v1/stream", "/api/v1/evidence/{sha256}"}));
}

TEST_F(OpenapiTest, SaysHowToSignInAndWhatABodyLooksLike) {
  const auto document = as("").get("/api/v1/openapi.json");
  EXPECT_EQ(document.text("/openapi"), "3.1.0");
  EXPECT_EQ(document.text("/components/securitySchemes/session/name"), "beltwarden_session");
  const std::string shelve = "/paths/~1api~1v1~1alarms~1{alarm}~1shelve/post";
  EXPECT_EQ(document.at(shelve + "/requestBody/content/application~1json/example/minutes"), 30);
  EXPECT_EQ(document.text(shelve + "/requestBody/content/application~1json/schema/properties/reason/type"), "string");
  EXPECT_EQ(document.text(shelve + "/parameters/0/name"), "alarm");
  EXPECT_EQ(document.text(shelve + "/parameters/1/name"), "X-CSRF");
  EXPECT_TRUE(document.at("/paths/~1api~1v1~1declarations/post/requestBody/content").as_object().contains("text/csv"));
  EXPECT_EQ(document.at("/paths/~1healthz/get/security"), nullptr);
}

}  // namespace
}  // namespace beltwarden::api
