// What machines and browsers ask before anyone has signed in: health, metrics, the pages, and how far a start has come.
#include "api/api_for_tests.h"

namespace beltwarden::api {
namespace {

using ::testing::HasSubstr;

class MachineRoutesTest : public ApiTest {};

TEST_F(MachineRoutesTest, UntilTheJournalIsReadNothingIsShownButHowFarItIs) {
  api_options.ready = false;
  serve();
  api->reading(0.4);
  HttpClient officer(api->port());
  const auto health = officer.get("/healthz");
  EXPECT_EQ(health.status, 503u);
  EXPECT_EQ(health.text("/status"), "reading");
  EXPECT_EQ(health.at("/read"), 0.4);
  for (const char* path : {"/api/v1/lots", "/api/v1/session", "/api/v1/openapi.json", "/metrics", "/api/v1/nothing"}) {
    const auto answer = officer.get(path);
    EXPECT_EQ(answer.status, 503u) << path;
    EXPECT_EQ(answer.text("/error/code"), "reading") << path;
    EXPECT_EQ(answer.text("/error/message"), "the site's journal is being read: 40 %") << path;
    EXPECT_EQ(answer.header("retry-after"), "1") << path;
  }
  EXPECT_EQ(officer.sign_in("officer", kPassword).status, 503u) << "nobody decides on what is half read";
  EXPECT_EQ(officer.get("/").status, 200u) << "the page says it to people";
  api->ready();
  EXPECT_EQ(officer.get("/healthz").text("/status"), "ok");
  EXPECT_EQ(officer.sign_in("officer", kPassword).status, 200u);
  EXPECT_EQ(officer.get("/api/v1/lots").status, 200u);
}

TEST_F(MachineRoutesTest, HealthAndMetricsAreForMachines) {
  raise_alarm();
  const auto nobody = as("");
  const auto health = nobody.get("/healthz");
  EXPECT_EQ(health.text("/status"), "ok");
  EXPECT_EQ(health.at("/entries"), 1);
  const auto metrics = nobody.get("/metrics");  // from this machine
  EXPECT_EQ(metrics.status, 200u);
  EXPECT_EQ(metrics.header("content-type"), "text/plain; version=0.0.4");
  EXPECT_THAT(metrics.body, HasSubstr("# TYPE beltwarden_entries_total counter\nbeltwarden_entries_total 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("\nbeltwarden_alarms_open 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("\nbeltwarden_push_clients 0\n"));
}

TEST_F(MachineRoutesTest, PagesAreServedAndNothingBesideThem) {
  const auto nobody = as("");
  const auto page = nobody.get("/");
  EXPECT_EQ(page.status, 200u);
  EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.header("cache-control"), "no-cache");
  EXPECT_EQ(page.header("x-frame-options"), "DENY");
  EXPECT_THAT(page.header("content-security-policy"), HasSubstr("default-src 'self'"));
  EXPECT_EQ(nobody.get("/lots/L1").body, page.body) << "pages route by themselves";
  const auto script = nobody.get("/assets/app.js");
  EXPECT_EQ(script.header("content-type"), "text/javascript");
  EXPECT_EQ(script.header("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(nobody.get("/assets/none.js").status, 404u);
  for (const char* path : {"/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt", "/..%2fsecret.txt", "/secret.txt%00.html"}) {
    EXPECT_EQ(nobody.get(path).status, 400u) << path;
  }
  EXPECT_EQ(nobody.get("/secret.txt").body, page.body);
  EXPECT_EQ(nobody.get("//" + (database.folder / "secret.txt").string()).body, page.body);
}

TEST_F(MachineRoutesTest, WithoutPagesTheApiStillAnswers) {
  api_options.ui_folder.clear();
  serve();
  EXPECT_EQ(as("").get("/").status, 404u);
  EXPECT_EQ(as("officer").get("/api/v1/site").status, 200u);
  api_options.ui_folder = database.folder / "nowhere";
  const auto failed = Api::start(api_options, *control, *record, clock, *log);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().message, HasSubstr("nowhere"));
}

}  // namespace
}  // namespace beltwarden::api
