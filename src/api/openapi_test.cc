// The machine's page, the people's page and the routes say the same.
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
