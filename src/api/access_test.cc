// Who may do what, and how long: sessions, roles, CSRF, lock-out.
#include <algorithm>
#include <iterator>

#include "api/api_for_tests.h"
#include "api/served_routes_test.h"

namespace beltwarden::api {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class AccessTest : public ApiTest {};

TEST_F(AccessTest, SigningInGivesACookieThatScriptsAndOtherSitesCannotUse) {
  HttpClient client(api->port());
  EXPECT_EQ(client.get("/api/v1/session").status, 401u);
  const auto welcome = client.sign_in("officer", kPassword);
  EXPECT_EQ(welcome.status, 200u);
  EXPECT_THAT(welcome.header("set-cookie"), MatchesRegex("beltwarden_session=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict"));
  EXPECT_EQ(welcome.header("cache-control"), "no-store");
  EXPECT_EQ(welcome.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(welcome.text("/user"), "officer");
  EXPECT_EQ(welcome.text("/role"), "officer");
  EXPECT_THAT(welcome.text("/csrf"), MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(client.get("/api/v1/session").text("/csrf"), welcome.text("/csrf"));
  client.cookie = "other=1; " + client.cookie + "; more=2";
  EXPECT_EQ(client.get("/api/v1/session").status, 200u);
  client.cookie = "beltwarden_session=";
  EXPECT_EQ(client.get("/api/v1/session").status, 401u);
  client.cookie = "beltwarden_session=" + std::string(4000, '0');
  EXPECT_EQ(client.get("/api/v1/session").status, 401u);
}

TEST_F(AccessTest, BehindAProxyThatSpeaksTlsTheCookieIsForTlsAlone) {
  HttpClient client(api->port());
  client.extra = "X-Forwarded-Proto: https\r\n";
  EXPECT_THAT(client.sign_in("officer", kPassword).header("set-cookie"), HasSubstr("; SameSite=Strict; Secure"));
}

TEST_F(AccessTest, SigningOutEndsTheSession) {
  auto client = as("officer");
  const auto stolen = client;
  const auto bye = client.send("DELETE", "/api/v1/session");
  EXPECT_EQ(bye.status, 200u);
  EXPECT_EQ(bye.header("set-cookie"), "beltwarden_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  EXPECT_EQ(stolen.get("/api/v1/session").status, 401u);
  EXPECT_EQ(client.send("DELETE", "/api/v1/session").status, 401u);
}

TEST_F(AccessTest, ASessionIdlesOut) {
  const auto client = as("officer");
  clock.advance(seconds(29 * 60));
  EXPECT_EQ(client.get("/api/v1/session").status, 200u);
  clock.advance(seconds(30 * 60));
  EXPECT_EQ(client.get("/api/v1/session").status, 401u);
}

TEST_F(AccessTest, WrongPasswordsAreRefusedAliveAndThenLockedOut) {
  HttpClient client(api->port());
  EXPECT_EQ(client.sign_in("nobody", "whatever it is").message(), client.sign_in("officer", "whatever it is").message());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client.sign_in("officer", "guess").status, 401u);
  const auto locked = client.sign_in("officer", kPassword);
  EXPECT_EQ(locked.status, 429u);
  EXPECT_EQ(locked.code(), "locked");
  EXPECT_EQ(locked.header("retry-after"), "60");
  EXPECT_EQ(locked.header("set-cookie"), "");
  EXPECT_EQ(client.sign_in("second", kPassword).status, 200u);
  clock.advance(seconds(59.5));
  EXPECT_EQ(client.sign_in("officer", kPassword).header("retry-after"), "1");
  clock.advance(seconds(1));
  EXPECT_EQ(client.sign_in("officer", kPassword).status, 200u);
}

TEST_F(AccessTest, ASiteClockThatRunsFastLocksForLessOfTheReadersTime) {
  api_options.clock_speed = 20;
  serve();
  HttpClient client(api->port());
  for (int i = 0; i < 5; ++i) client.sign_in("officer", "guess");
  EXPECT_EQ(client.sign_in("officer", kPassword).header("retry-after"), "3");
}

TEST_F(AccessTest, BodiesThatAreNoSignInAreRefused) {
  const HttpClient client(api->port());
  const std::string path = "/api/v1/session";
  EXPECT_EQ(client.post(path, R"({"user":"officer","pass)").status, 400u);
  EXPECT_EQ(client.post(path, R"(["officer","x"])").message(), "expected a JSON object");
  EXPECT_EQ(client.post(path, R"({"user":7,"password":"x"})").message(), "'user' should be a text");
  EXPECT_EQ(client.post(path, R"({"user":"officer","password":null})").status, 401u);
  EXPECT_EQ(client.post(path, R"({"user":")" + std::string(65, 'u') + R"(","password":"x"})").message(), "'user' may have at most 64 bytes");
  EXPECT_EQ(client.post(path, std::string(40, '[')).status, 400u);
  EXPECT_EQ(client.send("POST", path, "user=officer&password=x", "application/x-www-form-urlencoded").status, 415u);
  EXPECT_EQ(client.send("POST", path, R"({"user":"officer"})", "application/json-patch").status, 415u);
  EXPECT_EQ(client.send("POST", path, R"({"user":"officer","password":"belt and tonnes"})", "Application/JSON; charset=utf-8").status, 200u);
  EXPECT_EQ(client.post(path, "{\"user\":\"" + std::string(1u << 20, 'x') + "\"}").status, 413u);
}

TEST_F(AccessTest, EveryChangeWantsTheSessionsCsrfWord) {
  raise_alarm();
  auto client = as("officer");
  const std::string word = client.csrf;
  for (const std::string& wrong : {std::string(), std::string(word.size(), '0'), word + "0", word.substr(1)}) {
    client.csrf = wrong;
    const auto refused = client.post("/api/v1/alarms/A-1/acknowledge");
    EXPECT_EQ(refused.status, 403u) << wrong;
    EXPECT_EQ(refused.code(), "csrf") << wrong;
    EXPECT_EQ(client.send("DELETE", "/api/v1/session").status, 403u) << wrong;
    EXPECT_EQ(client.get("/api/v1/alarms").status, 200u) << "reading wants none";
  }
  client.csrf = as("second").csrf;
  EXPECT_EQ(client.post("/api/v1/alarms/A-1/acknowledge").status, 403u) << "another session's word";
  client.csrf = word;
  EXPECT_EQ(client.post("/api/v1/alarms/A-1/acknowledge").status, 200u);
}

// Every route with the roles that it is open to: o officer, s supervisor, a admin, t terminal, c consignee.
TEST_F(AccessTest, RolesOpenTheRoutesTheyShould) {
  inspect_whole_lot();
  raise_alarm();
  struct Row {
    const char *method, *path, *open_to;
  };
  const Row rows[] = {
      {"GET", "/api/v1/session", "osatc"},
      {"GET", "/api/v1/site", "osatc"},
      {"GET", "/api/v1/stream", "osatc"},
      {"GET", "/api/v1/lines/A", "osa"},
      {"GET", "/api/v1/lines/A/series?lot=L1", "osa"},
      {"GET", "/api/v1/lines/A/frames?lot=L1&near_t=5", "osa"},
      {"GET", "/api/v1/evidence/0000000000000000000000000000000000000000000000000000000000000000", "osa"},
      {"GET", "/api/v1/instruments", "osa"},
      {"GET", "/api/v1/lots", "osatc"},
      {"GET", "/api/v1/lots/L1", "osatc"},
      {"GET", "/api/v1/lots/L1/findings", "osa"},
      {"POST", "/api/v1/lots/L1/dispositions", "os"},
      {"POST", "/api/v1/lots/L1/end", "ost"},
      {"POST", "/api/v1/dispositions/D-1/consent", "os"},
      {"POST", "/api/v1/dispositions/D-1/lift", "os"},
      {"POST", "/api/v1/dispositions/D-1/withdraw", "s"},
      {"GET", "/api/v1/alarms", "osa"},
      {"POST", "/api/v1/alarms/A-1/acknowledge", "os"},
      {"POST", "/api/v1/alarms/A-1/shelve", "os"},
      {"POST", "/api/v1/alarms/A-1/unshelve", "os"},
      {"GET", "/api/v1/cases", "osa"},
      {"GET", "/api/v1/cases/C-1", "osa"},
      {"POST", "/api/v1/cases/C-1/dispositions", "os"},
      {"GET", "/api/v1/audit", "osa"},
      {"GET", "/api/v1/declarations", "osatc"},
      {"POST", "/api/v1/declarations", "osa"},
      {"GET", "/api/v1/users", "a"},
      {"POST", "/api/v1/users", "a"},
      {"PATCH", "/api/v1/users/acme", "a"},
      {"GET", "/api/v1/service", "osa"},
      {"POST", "/api/v1/lines/A/models/slag_comparison/service", "s"},
      {"DELETE", "/api/v1/session", "osatc"},     // last: whoever is let in is signed out
  };
  // None is missing here: the router's own list, without what is open to anyone and /metrics, which is open to this machine.
  for (const auto& route : served_routes(as(""))) {
    if (route.who == "anyone" || route.path == "/metrics") continue;
    const bool listed = std::any_of(std::begin(rows), std::end(rows), [&](const Row& row) {
      return row.method == route.method && fits(row.path, route.path);
    });
    EXPECT_TRUE(listed) << route.method << " " << route.path;
  }
  const std::pair<char, HttpClient> people[] = {
      {'o', as("officer")}, {'s', as("supervisor")}, {'a', as("admin")}, {'t', as("terminal")}, {'c', as("acme")}};
  const auto nobody = as("");
  for (const auto& row : rows) {
    // A body that fits nowhere: past the door it is 400 (or what the state says), never 401 or 403.
    const std::string body = std::string(row.method) == "GET" ? "" : R"({"minutes":"many","kind":"","reason":""})";
    const auto stranger = nobody.send(row.method, row.path, body);
    EXPECT_EQ(stranger.status, 401u) << row.method << " " << row.path;
    EXPECT_EQ(stranger.code(), "sign_in") << row.path;
    for (const auto& [letter, client] : people) {
      const auto answer = client.send(row.method, row.path, body);
      const bool open = std::string(row.open_to).find(letter) != std::string::npos;
      if (open) {
        EXPECT_THAT(answer.status, ::testing::AllOf(Not(401u), Not(403u), Not(500u), Not(0u))) << letter << " " << row.method << " " << row.path;
      } else {
        EXPECT_EQ(answer.status, 403u) << letter << " " << row.method << " " << row.path;
        EXPECT_EQ(answer.code(), "denied") << letter << " " << row.path;
      }
    }
  }
}

TEST_F(AccessTest, AnImporterSeesTheProgressOfItsOwnLotsAlone) {
  inspect_whole_lot();
  declare_for_another();
  raise_alarm();
  const auto acme = as("acme"), other = as("other"), officer = as("officer"), terminal = as("terminal");
  EXPECT_EQ(officer.get("/api/v1/lots").at("/lots").as_array().size(), 2u);
  EXPECT_EQ(terminal.get("/api/v1/lots").at("/lots").as_array().size(), 2u);
  const auto lots = acme.get("/api/v1/lots");
  ASSERT_EQ(lots.at("/lots").as_array().size(), 1u);
  EXPECT_EQ(lots.text("/lots/0/lot"), "L1");
  EXPECT_EQ(other.get("/api/v1/lots").text("/lots/0/lot"), "L2");
  EXPECT_EQ(acme.get("/api/v1/lots/L2").status, 404u) << "not even that it exists";
  EXPECT_EQ(acme.get("/api/v1/lots/L2").message(), "no lot L2");
  EXPECT_EQ(acme.get("/api/v1/declarations").at("/declarations").as_array().size(), 1u);
  for (const auto* client : {&acme, &terminal}) {
    const auto lot = client->get("/api/v1/lots/L1");
    EXPECT_EQ(lot.text("/state"), "inspected");
    EXPECT_EQ(lot.at("/declared_mass_t"), 150.0);
    for (const char* hidden : {"findings_open", "alarms_open", "composition", "coverage", "blockers", "dispositions",
                               "required_models", "declared_composition"}) {
      EXPECT_FALSE(lot.at("").as_object().contains(hidden)) << hidden;
      EXPECT_TRUE(officer.get("/api/v1/lots/L1").at("").as_object().contains(hidden)) << hidden;
    }
    const auto site = client->get("/api/v1/site");
    EXPECT_EQ(site.text("/site"), "majishan");
    EXPECT_EQ(site.at("/lines").as_array().size(), 0u);
  }
  EXPECT_EQ(officer.get("/api/v1/site").text("/lines/0/line"), "A");
}

TEST_F(AccessTest, WhoeverIsChangedSignsInAnew) {
  const auto admin = as("admin"), officer = as("officer");
  EXPECT_EQ(admin.send("PATCH", "/api/v1/users/officer", R"({"disabled":true})").at("/disabled"), true);
  EXPECT_EQ(officer.get("/api/v1/session").status, 401u);
  EXPECT_EQ(HttpClient(api->port()).sign_in("officer", kPassword).status, 401u);
}

}  // namespace
}  // namespace beltwarden::api
