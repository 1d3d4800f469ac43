// What open pages are told, and who is told what.
#include <atomic>
#include <boost/json/serialize.hpp>
#include <map>
#include <thread>

#include "api/api_for_tests.h"

namespace beltwarden::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using boost::json::object;

class PushTest : public ApiTest {
 protected:
  std::unique_ptr<StreamClient> page_of(const HttpClient& client) {
    auto page = std::make_unique<StreamClient>(api->port());
    page->cookie = client.cookie;
    EXPECT_EQ(page->open(), 101u);
    return page;
  }
  record::IntakeEntry belt(double from, double to) {
    material::BeltReading belt;
    belt.running = true;
    belt.speed_mps = 3;
    belt.rate_tph = 5400;
    return record::entry_of(next_sequence++, record::observation_of("plc", clock.now(), belt, {record::stretch("L1", from, to)}));
  }
  void take_entries(std::vector<record::IntakeEntry> entries) {
    const auto done = control->intake({std::move(entries)});
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  /// What happened before has been told: lots wait for the full second, and so for the tick after the next.
  static void settle(StreamClient& page) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(page.next_of("tick"));
    page.passed.clear();
  }
  static std::string text(const object& from, const char* field) { return std::string(from.at(field).as_string()); }
};

TEST_F(PushTest, WantsASessionAndAPageOfOurOwn) {
  const auto officer = as("officer");
  const auto host = "127.0.0.1:" + std::to_string(api->port());
  const auto handshake = [&](const std::string& cookie, const std::string& origin, const std::string& path = "/api/v1/stream") {
    StreamClient page(api->port());
    page.cookie = cookie;
    page.origin = origin;
    page.path = path;
    return page.open();
  };
  EXPECT_EQ(handshake("", ""), 401u);
  EXPECT_EQ(handshake("beltwarden_session=" + std::string(64, '0'), ""), 401u);
  EXPECT_EQ(handshake(officer.cookie, "http://evil.example"), 403u);
  EXPECT_EQ(handshake(officer.cookie, "http://127.0.0.1:1"), 403u);
  EXPECT_EQ(handshake(officer.cookie, "http://evil.example/" + host), 403u);
  EXPECT_EQ(handshake(officer.cookie, "null"), 403u);
  EXPECT_EQ(handshake(officer.cookie, "http://" + host), 101u);
  EXPECT_EQ(handshake(officer.cookie, "https://" + host), 101u) << "a proxy speaks TLS for us";
  EXPECT_EQ(handshake(officer.cookie, ""), 101u) << "no browser";
  EXPECT_EQ(handshake(officer.cookie, "", "/api/v1/lots"), 404u);
}

TEST_F(PushTest, TicksTellTheSitesClock) {
  api_options.clock_speed = 60;
  serve();
  const auto page = page_of(as("officer"));
  const auto tick = page->next_of("tick", Milliseconds(2000));
  ASSERT_TRUE(tick);
  EXPECT_EQ(text(*tick, "time"), "2026-11-23T14:31:06.000Z");
  EXPECT_EQ(tick->at("speed"), 60.0);
}

TEST_F(PushTest, WhatArrivesIsToldWithinASecond) {
  inspect_whole_lot();
  const auto page = page_of(as("officer"));
  settle(*page);
  take_entries({belt(0, 40), record::entry_of(next_sequence++, suspect("slag_comparison", "slag_suspect", 60, 70))});
  std::map<std::string, object> seen;
  std::int64_t last = 0;
  while (seen.size() < 6) {
    const auto message = page->next();
    ASSERT_TRUE(message) << "after " << seen.size();
    const auto seq = message->at("seq").as_int64();
    if (last > 0) {
      EXPECT_EQ(seq, last + 1);
    }
    last = seq;
    if (text(*message, "type") != "tick") seen[text(*message, "type")] = *message;
  }
  EXPECT_EQ(text(seen["alarm"].at("alarm").as_object(), "alarm"), "A-1");
  EXPECT_EQ(text(seen["case"].at("case").as_object(), "case"), "C-1");
  EXPECT_FALSE(seen["case"].at("case").as_object().contains("alarms"));
  EXPECT_EQ(text(seen["line"].at("line").as_object(), "state"), "running");
  EXPECT_EQ(seen["line"].at("line").as_object().at("rate_tph"), 5400.0);
  EXPECT_EQ(seen["lot"].at("lot").as_object().at("alarms_open"), 1);
  EXPECT_EQ(seen["points"].at("missed"), 0);
  const auto& point = seen["points"].at("points").as_array().at(0).as_object();
  EXPECT_EQ(text(point, "name"), "score");
  EXPECT_EQ(point.at("high"), 5.0);
  EXPECT_EQ(boost::json::serialize(point.at("point")), "[6E1,7E1,7E0,1E0,1795444260000]");
  EXPECT_GT(seen["audit"].at("audit").as_object().at("number").as_int64(), 0);
}

TEST_F(PushTest, ManyChangesOfOneThingAreToldOnce) {
  const auto page = page_of(as("officer"));
  ASSERT_TRUE(page->next_of("tick"));
  for (int i = 0; i < 60; ++i) take_entries({belt(i, i + 1)});
  const auto line = page->next_of("line");
  ASSERT_TRUE(line);
  int lines = 1;
  while (lines < 60 && page->next_of("line", Milliseconds(600))) ++lines;
  EXPECT_LT(lines, 60);  // as many as quarters of a second went by
}

TEST_F(PushTest, PointsThatAreTooManyAreCountedNotKept) {
  const auto page = page_of(as("officer"));
  ASSERT_TRUE(page->next_of("tick"));
  auto finding = record::finding_of(1, "brand_regression", 0, 50);
  finding.measured.assign(5000, {"Fe", 62, 0.5, "%", {}, {}, {}});
  take(finding);
  const auto points = page->next_of("points");
  ASSERT_TRUE(points);
  EXPECT_EQ(points->at("points").as_array().size(), 4000u);
  EXPECT_EQ(points->at("missed"), 1000);
}

TEST_F(PushTest, AnImporterHearsOfItsOwnLotAndTheTimeAlone) {
  inspect_whole_lot();
  declare_for_another();
  const auto acme = page_of(as("acme")), other = page_of(as("other")), terminal = page_of(as("terminal"));
  for (const auto* page : {&acme, &other, &terminal}) settle(**page);
  take_entries({belt(0, 40), record::entry_of(next_sequence++, suspect("slag_comparison", "slag_suspect", 60, 70))});
  for (const auto* page : {&acme, &terminal}) {
    const auto message = (*page)->next_of("lot");
    ASSERT_TRUE(message);
    const auto& lot = message->at("lot").as_object();
    EXPECT_EQ(text(lot, "lot"), "L1");
    EXPECT_FALSE(lot.contains("alarms_open"));
    EXPECT_FALSE(lot.contains("findings_open"));
    EXPECT_FALSE(message->contains("seq"));
    EXPECT_EQ((*page)->passed.find_first_not_of("tick "), std::string::npos) << (*page)->passed;
  }
  EXPECT_FALSE(other->next_of("lot", Milliseconds(1500)));
  EXPECT_THAT(other->passed, HasSubstr("tick"));
  EXPECT_EQ(other->passed.find_first_not_of("tick "), std::string::npos) << other->passed;
}

TEST_F(PushTest, EndsWithItsSession) {
  const auto leaver = as("officer"), stayer = as("officer"), disabled = as("second");
  const auto left = page_of(leaver), stays = page_of(stayer), gone = page_of(disabled);
  ASSERT_TRUE(gone->next_of("tick"));
  EXPECT_EQ(leaver.send("DELETE", "/api/v1/session").status, 200u);
  EXPECT_TRUE(left->closes(Milliseconds(5000)));
  EXPECT_EQ(as("admin").send("PATCH", "/api/v1/users/second", R"({"disabled":true})").status, 200u);
  EXPECT_TRUE(gone->closes(Milliseconds(5000)));
  ASSERT_TRUE(stays->next_of("tick"));
  clock.advance(seconds(31 * 60));
  EXPECT_TRUE(stays->closes(Milliseconds(5000))) << "watching is no use of a session";
}

TEST_F(PushTest, StopsWhileEvidencePoursIn) {
  const auto page = page_of(as("officer"));
  std::atomic<bool> enough{false};
  std::thread pouring([&] {
    for (int i = 0; !enough; ++i) take_entries({belt(i, i + 1)});
  });
  EXPECT_TRUE(page->next_of("line"));
  api.reset();
  enough = true;
  pouring.join();
  EXPECT_TRUE(page->closes());
}

}  // namespace
}  // namespace beltwarden::api
