// What no route takes: one table over every route that the server has, so that a new one is in it.
#include "api/api_for_tests.h"
#include "api/served_routes_test.h"

namespace beltwarden::api {
namespace {

class BodiesTest : public ApiTest {
 protected:
  /// The pattern with names of things that exist in its braces.
  static std::string address_of(std::string pattern) {
    const std::pair<const char*, const char*> names[] = {{"{lot}", "L1"}, {"{alarm}", "A-1"}, {"{case}", "C-1"},
                                                         {"{id}", "D-1"}, {"{line}", "A"}, {"{model}", "slag_comparison"},
                                                         {"{user}", "acme"}};
    for (const auto& [brace, name] : names) {
      if (const auto at = pattern.find(brace); at != std::string::npos) pattern.replace(at, std::string(brace).size(), name);
    }
    EXPECT_EQ(pattern.find('{'), std::string::npos) << pattern << ": name something that exists";
    return pattern;
  }
};

TEST_F(BodiesTest, EveryRouteRefusesWhatIsNoBodyOfItsOwnAndNothingChanges) {
  inspect_whole_lot();
  raise_alarm();
  const auto admin = as("admin"), supervisor = as("supervisor"), officer = as("officer");
  const auto acts = officer.get("/api/v1/audit").at("/entries").as_array().size();
  std::size_t tried = 0;
  for (const auto& route : served_routes(officer)) {
    if (route.method != "POST" && route.method != "PATCH") continue;
    const auto& client = route.who == "admin" ? admin : supervisor;
    const std::string path = address_of(route.path), name = route.method + " " + path;
    ++tried;
    EXPECT_TRUE(route.has_body) << name;
    const auto truncated = client.send(route.method, path, R"({"reason":"looked into, "user)");
    EXPECT_EQ(truncated.status, 400u) << name << ": truncated";
    EXPECT_EQ(truncated.code(), "invalid_input") << name;
    EXPECT_NE(truncated.message(), "") << name;
    EXPECT_EQ(client.send(route.method, path, R"(["reason",7])").status, 400u) << name << ": an array";
    EXPECT_EQ(client.send(route.method, path, std::string(2000, '[')).status, 400u) << name << ": nested deeply";
    EXPECT_EQ(client.send(route.method, path, "{\"reason\":\"\xff\xfe\"}").status, 400u) << name << ": no UTF-8";
    EXPECT_EQ(client.send(route.method, path, R"({"reason":"x"})", "text/plain").status, 415u) << name << ": a wrong media type";
    EXPECT_EQ(client.send(route.method, path, "reason=x", "application/x-www-form-urlencoded").status, 415u) << name << ": a form";
    EXPECT_EQ(client.send(route.method, path, "{\"reason\":\"" + std::string(1u << 20, 'x') + "\"}").status, 413u) << name << ": over 1 MiB";
  }
  EXPECT_GE(tried, 13u);
  EXPECT_EQ(officer.get("/api/v1/audit").at("/entries").as_array().size(), acts) << "something was done";
  EXPECT_EQ(officer.get("/api/v1/alarms").text("/alarms/0/state"), "unacknowledged");
}

TEST(ServedRoutes, AnAddressFitsItsPatternAlone) {
  EXPECT_TRUE(fits("/api/v1/lots/L1/end", "/api/v1/lots/{lot}/end"));
  EXPECT_TRUE(fits("/api/v1/lines/A/series?lot=L1", "/api/v1/lines/{line}/series"));
  EXPECT_FALSE(fits("/api/v1/lots/L1", "/api/v1/lots/{lot}/end"));
  EXPECT_FALSE(fits("/api/v1/lots/L1/end/x", "/api/v1/lots/{lot}/end"));
  EXPECT_FALSE(fits("/api/v1/cases/C-1", "/api/v1/lots/{lot}"));
}

}  // namespace
}  // namespace beltwarden::api
