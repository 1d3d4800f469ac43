// What each group of addresses answers, and what it refuses.
#include <boost/json/serialize.hpp>

#include "api/api_for_tests.h"
#include "base/hash.h"

namespace beltwarden::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using boost::json::value;

class RoutesTest : public ApiTest {
 protected:
  /// What each blocker is called.
  static std::vector<std::string> codes(const Answer& answer) {
    std::vector<std::string> out;
    const auto list = answer.at("/blockers");
    if (!list.is_array()) return out;
    for (const auto& blocker : list.as_array()) out.emplace_back(blocker.at("code").as_string());
    return out;
  }
};

// --- what is nowhere, and how things are asked ----------------------------------------------------------------------

TEST_F(RoutesTest, UnknownAddressesAndMethodsAreSaidSo) {
  const auto officer = as("officer");
  EXPECT_EQ(officer.get("/api/v1/nothing").message(), "there is nothing at /api/v1/nothing");
  EXPECT_EQ(officer.get("/api").status, 404u);
  EXPECT_EQ(officer.get("/api/v1/lots/").status, 404u);
  EXPECT_EQ(officer.get("/api/v1/lots/" + std::string(129, 'x')).status, 404u);
  const auto wrong = officer.send("PUT", "/api/v1/session");
  EXPECT_EQ(wrong.status, 405u);
  EXPECT_EQ(wrong.header("allow"), "POST, GET, HEAD, DELETE");
  EXPECT_EQ(officer.send("BREW", "/api/v1/alarms").header("allow"), "GET, HEAD");
  EXPECT_EQ(officer.send("POST", "/index.html", "x").status, 405u);
  const auto head = officer.send("HEAD", "/api/v1/alarms");
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.header("content-length"), std::to_string(officer.get("/api/v1/alarms").body.size()));
  EXPECT_EQ(officer.get("/api/v1/stream").status, 426u);
}

TEST_F(RoutesTest, HeadersBeyondTheirSizeAreRefused) {
  auto client = as("officer");
  client.extra = "X-Long: " + std::string(20'000, 'x') + "\r\n";
  EXPECT_EQ(client.get("/api/v1/site").status, 431u);
}

TEST_F(RoutesTest, AnswersAreProperUtf8WhateverWasAsked) {
  const auto officer = as("officer");
  const auto refused = officer.send("POST", "/api/v1/declarations", "number,\xff\xfe\n1,2\n", "text/csv");
  EXPECT_EQ(refused.status, 400u);
  EXPECT_TRUE(refused.at("/error/fields").is_array());  // parses, hence is UTF-8
}

TEST_F(RoutesTest, ASupervisorTakesAModelOutOfServiceAndBack) {
  raise_alarm();
  const std::string path = "/api/v1/lines/A/models/slag_comparison/service";
  const std::string out = R"({"in_service":false,"reason":"lamp is being changed"})";
  EXPECT_EQ(as("officer").post(path, out).status, 403u);
  const auto supervisor = as("supervisor");
  EXPECT_THAT(supervisor.post(path, R"({"reason":"x"})").message(), HasSubstr("in_service"));
  EXPECT_EQ(supervisor.post(path, R"({"in_service":false})").status, 400u) << "without a reason";
  EXPECT_EQ(supervisor.post("/api/v1/lines/Z/models/slag_comparison/service", out).status, 404u);
  EXPECT_EQ(supervisor.post(path, out).text("/out_of_service/0/model"), "slag_comparison");
  EXPECT_EQ(supervisor.post(path, out).status, 409u);
  const auto officer = as("officer");
  EXPECT_EQ(officer.get("/api/v1/alarms").text("/alarms/0/state"), "out_of_service");
  EXPECT_EQ(officer.get("/api/v1/service").text("/out_of_service/0/reason"), "lamp is being changed");
  EXPECT_EQ(supervisor.post(path, R"({"in_service":true,"reason":"lamp changed"})").status, 200u);
  EXPECT_EQ(officer.get("/api/v1/alarms").text("/alarms/0/state"), "unacknowledged");
}

TEST_F(RoutesTest, AllAlarmsAndCasesComeAPageAtATime) {
  for (int i = 0; i < 3; ++i) take(suspect("slag_comparison", "slag_suspect", i * 1000, i * 1000 + 50));
  const auto officer = as("officer");
  const auto first = officer.get("/api/v1/alarms?state=all&limit=2");
  EXPECT_EQ(first.at("/alarms").as_array().size(), 2u);
  EXPECT_EQ(first.at("/next_before"), 2);
  const auto rest = officer.get("/api/v1/alarms?state=all&limit=2&before=2");
  EXPECT_EQ(rest.text("/alarms/0/alarm"), "A-1");
  EXPECT_FALSE(rest.at("").as_object().contains("next_before"));
  EXPECT_EQ(officer.get("/api/v1/cases?state=all&limit=1").at("/next_before"), 3);
  EXPECT_EQ(officer.get("/api/v1/cases?state=all&limit=1&before=3").text("/cases/0/case"), "C-2");
  EXPECT_THAT(officer.get("/api/v1/alarms?state=all&limit=5000").message(), HasSubstr("expected a number from 1 to 2000"));
  EXPECT_EQ(officer.get("/api/v1/cases?before=x").status, 400u);
}

// --- site, lines, evidence ------------------------------------------------------------------------------------------

TEST_F(RoutesTest, TheSiteSaysWhatIsReal) {
  const auto site = as("officer").get("/api/v1/site");
  EXPECT_EQ(site.text("/timezone"), "Asia/Shanghai");
  EXPECT_EQ(site.text("/time"), "2026-11-23T14:31:06.000Z");
  EXPECT_EQ(site.text("/provenance/0/kind"), "synthetic");
  EXPECT_EQ(site.text("/lines/0/name"), "Line A");
  EXPECT_EQ(site.text("/lines/0/state"), "no_signal");
  EXPECT_EQ(as("officer").get("/api/v1/lines/A").text("/layout/instruments/0/instrument"), "nir1");
  EXPECT_EQ(as("officer").get("/api/v1/lines/B").message(), "no line B");
}

TEST_F(RoutesTest, SeriesHaveTheirPointsWithinTheTonnesAsked) {
  take(suspect("slag_comparison", "slag_suspect", 60, 70), suspect("slag_comparison", "slag_suspect", 90, 100));
  const auto officer = as("officer");
  const auto whole = officer.get("/api/v1/lines/A/series?lot=L1");
  EXPECT_EQ(whole.text("/series/0/name"), "score");
  EXPECT_EQ(whole.text("/series/0/model"), "slag_comparison");
  EXPECT_EQ(whole.at("/series/0/high"), 5.0);
  EXPECT_EQ(whole.at("/series/0/points").as_array().size(), 2u);
  const value point = whole.at("/series/0/points/0");
  ASSERT_EQ(point.as_array().size(), 5u);
  EXPECT_EQ(point.at(0), 60.0);
  EXPECT_EQ(point.at(1), 70.0);
  EXPECT_EQ(point.at(2), 7.0);
  EXPECT_EQ(point.at(3), 1.0);
  EXPECT_EQ(point.at(4), 1'795'444'260'000);
  EXPECT_EQ(officer.get("/api/v1/lines/A/series?lot=L1&from_t=80").at("/series/0/points").as_array().size(), 1u);
  EXPECT_EQ(officer.get("/api/v1/lines/A/series?lot=L1&names=Fe,P").at("/series").as_array().size(), 0u);
  EXPECT_EQ(officer.get("/api/v1/lines/A/series?lot=L9").at("/series").as_array().size(), 0u);
}

TEST_F(RoutesTest, NumbersOfAQueryAreHeldAgainstTheirBounds) {
  const auto officer = as("officer");
  const std::string series = "/api/v1/lines/A/series?lot=L1&";
  EXPECT_EQ(officer.get(series + "max=7").message(), "'max' is '7', expected a number from 8 to 20000");
  EXPECT_EQ(officer.get(series + "max=many").status, 400u);
  EXPECT_EQ(officer.get(series + "from_t=nan").status, 400u);
  EXPECT_EQ(officer.get(series + "to_t=1e300").status, 400u);
  EXPECT_EQ(officer.get(series + "from_t=20&to_t=10").message(), "'from_t' is more than 'to_t'");
  EXPECT_EQ(officer.get("/api/v1/lines/A/series").message(), "'lot' is missing");
  EXPECT_EQ(officer.get("/api/v1/lines/A/frames?lot=L1&near_t=x").status, 400u);
  EXPECT_EQ(officer.get("/api/v1/audit?limit=0").status, 400u);
  EXPECT_EQ(officer.get("/api/v1/audit?limit=1001").status, 400u);
  EXPECT_EQ(officer.get("/api/v1/audit?before=-1").status, 400u);
  EXPECT_EQ(officer.get("/api/v1/alarms?state=some").message(), "'state' is 'some', expected one of: open, all");
  EXPECT_EQ(officer.get("/api/v1/cases?state=1").status, 400u);
}

TEST_F(RoutesTest, FindingsAndTheirEvidence) {
  inspect_whole_lot();
  auto finding = suspect("slag_comparison", "slag_suspect", 60, 70);
  finding.evidence.push_back({"spectrum", "application/json", R"({"brand":"Carajas fines"})", {}, InstrumentId{"nir1"}, 0, {}});
  take(finding, record::finding_of(1, "slag_comparison", 0, 50));
  const auto officer = as("officer");
  EXPECT_EQ(officer.get("/api/v1/lots/L1/findings").at("/findings").as_array().size(), 2u);
  const auto suspects = officer.get("/api/v1/lots/L1/findings?min_verdict=suspect&limit=5");
  ASSERT_EQ(suspects.at("/findings").as_array().size(), 1u);
  EXPECT_EQ(suspects.text("/findings/0/verdict"), "suspect");
  EXPECT_EQ(suspects.text("/findings/0/priority"), "high");
  const std::string sha = to_hex(sha256(R"({"brand":"Carajas fines"})"));
  EXPECT_EQ(suspects.text("/findings/0/evidence/0/sha256"), sha);
  const auto evidence = officer.get("/api/v1/evidence/" + sha);
  EXPECT_EQ(evidence.status, 200u);
  EXPECT_EQ(evidence.header("content-type"), "application/json");
  EXPECT_EQ(evidence.header("cache-control"), "private, max-age=31536000, immutable");
  EXPECT_EQ(evidence.header("content-security-policy"), "default-src 'none'; sandbox");
  EXPECT_EQ(evidence.text("/brand"), "Carajas fines");
  EXPECT_EQ(officer.get("/api/v1/evidence/" + std::string(64, '0')).status, 404u);
  EXPECT_EQ(officer.get("/api/v1/evidence/" + std::string(64, 'G')).status, 400u);
  EXPECT_EQ(officer.get("/api/v1/evidence/..%2f..%2fcenter.db").status, 400u);
  EXPECT_EQ(officer.get("/api/v1/lots/L9/findings").status, 404u);
  EXPECT_EQ(officer.get("/api/v1/lots/L1/findings?limit=0").status, 400u);
  EXPECT_EQ(officer.get("/api/v1/lots/L1/findings?min_verdict=bad").status, 400u);
}

TEST_F(RoutesTest, TheNearestPictureComesWithItsBoxes) {
  inspect_whole_lot();
  auto finding = suspect("inclusion", "inclusion", 60, 61, wire::Priority::kHigh, "metal");
  finding.evidence.push_back({"frame", "image/jpeg", "", sha256("pixels"), InstrumentId{"cam1"}, 17, material::Box{10, 20, 30, 40}});
  wire::EvidenceBlob blob{sha256("jpeg"), "image/jpeg", "jpeg", sha256("pixels"), InstrumentId{"cam1"}, 17, record::stretch("L1", 60, 61)};
  take(finding, blob);
  const auto officer = as("officer");
  const auto frame = officer.get("/api/v1/lines/A/frames?lot=L1&near_t=75");
  EXPECT_EQ(frame.status, 200u) << frame.body;
  EXPECT_EQ(frame.text("/frame/evidence"), to_hex(sha256("jpeg")));
  EXPECT_EQ(frame.at("/frame/from_t"), 60.0);
  EXPECT_EQ(boost::json::serialize(frame.at("/frame/boxes")), R"([{"x":10,"y":20,"w":30,"h":40,"label":"metal"}])");
  EXPECT_EQ(officer.get("/api/v1/evidence/" + frame.text("/frame/evidence")).body, "jpeg");
  EXPECT_EQ(officer.get("/api/v1/lines/A/frames?lot=L9&near_t=75").status, 404u);
}

// --- alarms and cases -----------------------------------------------------------------------------------------------

TEST_F(RoutesTest, AcknowledgingTwiceIsOnce) {
  raise_alarm();
  const auto officer = as("officer");
  EXPECT_EQ(officer.get("/api/v1/alarms?lot=L1").text("/alarms/0/state"), "unacknowledged");
  EXPECT_EQ(officer.get("/api/v1/alarms?lot=L2").at("/alarms").as_array().size(), 0u);
  EXPECT_EQ(officer.post("/api/v1/alarms/A-1/acknowledge").text("/state"), "acknowledged");
  const auto again = as("second").post("/api/v1/alarms/A-1/acknowledge");
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(again.text("/acknowledged_by"), "officer");
  for (const char* unknown : {"A-2", "A-0", "A--1", "A-99999999999999999999", "C-1", "%C3%A9"}) {
    EXPECT_EQ(officer.post(std::string("/api/v1/alarms/") + unknown + "/acknowledge").status, 404u) << unknown;
  }
}

TEST_F(RoutesTest, ShelvingWantsMinutesWithinAShiftAndAReason) {
  raise_alarm();
  const auto officer = as("officer");
  const std::string path = "/api/v1/alarms/A-1/shelve";
  EXPECT_EQ(officer.post(path, R"({"minutes":30,"rea)").status, 400u);
  EXPECT_EQ(officer.post(path, R"({"reason":"rain"})").message(), "'minutes' is missing");
  EXPECT_EQ(officer.post(path, R"({"minutes":"30","reason":"rain"})").message(), "'minutes' should be a number");
  EXPECT_EQ(officer.post(path, R"({"minutes":0,"reason":"rain"})").message(), "minutes: expected 1 to 480");
  EXPECT_EQ(officer.post(path, R"({"minutes":481,"reason":"rain"})").status, 400u);
  EXPECT_EQ(officer.post(path, R"({"minutes":1e308,"reason":"rain"})").status, 400u);
  EXPECT_EQ(officer.post(path, R"({"minutes":30,"reason":""})").status, 400u);
  EXPECT_EQ(officer.post(path, R"({"minutes":30,"reason":["rain"]})").message(), "'reason' should be a text");
  EXPECT_EQ(officer.send("POST", path, "minutes=30", "text/plain").status, 415u);
  EXPECT_EQ(officer.post("/api/v1/alarms/A-1/unshelve", R"({"reason":"early"})").status, 409u) << "out of order";
  const auto shelved = officer.post(path, R"({"minutes":30,"reason":"wet belt"})");
  EXPECT_EQ(shelved.text("/state"), "shelved");
  EXPECT_EQ(shelved.text("/shelved_until"), "2026-11-23T15:01:06.000Z");
  EXPECT_EQ(officer.post("/api/v1/alarms/A-1/unshelve", R"({"reason":"belt is dry"})").text("/state"), "unacknowledged");
}

TEST_F(RoutesTest, ACaseIsDisposedOnceWithAKindThatExists) {
  raise_alarm();
  const auto officer = as("officer");
  const std::string path = "/api/v1/cases/C-1/dispositions";
  EXPECT_EQ(officer.post("/api/v1/cases/C-9/dispositions", R"({"kind":"watch","reason":"to see"})").status, 404u);
  EXPECT_EQ(officer.get("/api/v1/cases/C-9").status, 404u);
  EXPECT_THAT(officer.post(path, R"({"kind":"burn","reason":"to see"})").message(), HasSubstr("found \"burn\""));
  EXPECT_EQ(officer.post(path, R"({"kind":"watch"})").status, 400u);
  EXPECT_EQ(officer.post(path, R"({"kind":["watch"],"reason":"to see"})").message(), "'kind' should be a text");
  EXPECT_EQ(officer.post(path, R"({"kind":"hold_interval","reason":"to see","from_t":60})").message(), "'from_t' and 'to_t' go together");
  EXPECT_EQ(officer.post(path, R"({"kind":"hold_interval","reason":"to see","from_t":70,"to_t":60})").status, 400u);
  EXPECT_EQ(officer.post(path, R"({"kind":"hold_interval","reason":"to see","from_t":"60","to_t":70})").message(), "'from_t' should be a number");
  EXPECT_EQ(officer.post(path, R"({"kind":"watch","reason":"to see","note":")" + std::string(2001, 'x') + "\"}").status, 400u);
  const auto view = officer.get("/api/v1/cases/C-1");
  EXPECT_EQ(view.text("/title_code"), "slag_suspect");
  EXPECT_EQ(view.text("/alarms/0/alarm"), "A-1");
  EXPECT_EQ(view.text("/findings/0/code"), "slag_suspect");
  const auto explained = officer.post(path, R"({"kind":"explain","reason":"wet stretch after rain"})");
  EXPECT_EQ(explained.status, 200u);
  EXPECT_EQ(explained.text("/state"), "disposed");
  EXPECT_EQ(explained.text("/disposition/id"), "D-1");
  EXPECT_EQ(officer.post(path, R"({"kind":"explain","reason":"wet stretch after rain"})").status, 409u);
  EXPECT_EQ(officer.post("/api/v1/alarms/A-1/acknowledge").status, 409u);
  EXPECT_EQ(officer.get("/api/v1/cases").at("/cases").as_array().size(), 0u);
  EXPECT_EQ(officer.get("/api/v1/cases?state=all").text("/cases/0/state"), "disposed");
}

TEST_F(RoutesTest, AHeldIntervalIsLiftedOnce) {
  raise_alarm();
  const auto officer = as("officer");
  const auto held = officer.post("/api/v1/cases/C-1/dispositions", R"({"kind":"hold_interval","reason":"to be sieved","from_t":55,"to_t":75})");
  EXPECT_EQ(held.at("/disposition/from_t"), 55.0);
  EXPECT_EQ(held.at("/disposition/second"), value(nullptr));
  const std::string id = held.text("/disposition/id");
  EXPECT_EQ(officer.post("/api/v1/dispositions/" + id + "/lift", R"({"reason":7})").status, 400u);
  EXPECT_EQ(officer.post("/api/v1/dispositions/" + id + "/lift", R"({"reason":"sieved clean"})").status, 200u);
  EXPECT_EQ(officer.post("/api/v1/dispositions/" + id + "/lift", R"({"reason":"sieved clean"})").status, 409u);
  EXPECT_EQ(officer.post("/api/v1/dispositions/D-99/lift", R"({"reason":"sieved clean"})").status, 404u);
}

TEST_F(RoutesTest, ASupervisorTakesBackThatOreIsNatural) {
  auto raised = suspect("radioactivity", "natural_radioactivity_high", 60, 70);
  raised.measured = {{"Th-232", 90, 2, "Bq/kg", 10.0, {}, {}}};
  take(raised);
  const auto officer = as("officer"), supervisor = as("supervisor");
  const auto explained = officer.post("/api/v1/cases/C-1/dispositions", R"({"kind":"explain","reason":"bauxite residue","code":"natural_ore"})");
  ASSERT_EQ(explained.status, 200u) << explained.message();
  EXPECT_EQ(explained.text("/disposition/levels/0/series"), "Th-232");
  const std::string path = "/api/v1/dispositions/" + explained.text("/disposition/id") + "/withdraw";
  EXPECT_EQ(officer.post(path, R"({"reason":"certificate was forged"})").status, 403u);
  EXPECT_EQ(supervisor.post(path, R"({})").status, 400u);
  const auto withdrawn = supervisor.post(path, R"({"reason":"certificate was forged"})");
  EXPECT_EQ(withdrawn.status, 200u);
  EXPECT_EQ(withdrawn.text("/state"), "withdrawn");
  EXPECT_EQ(withdrawn.text("/answer"), "certificate was forged");
  EXPECT_EQ(supervisor.post(path, R"({"reason":"certificate was forged"})").status, 409u);
  EXPECT_EQ(officer.get("/api/v1/cases/C-1").text("/state"), "disposed");
}

// --- lots -----------------------------------------------------------------------------------------------------------

TEST_F(RoutesTest, ACleanLotIsReleasedOnce) {
  inspect_whole_lot();
  const auto officer = as("officer");
  const auto released = officer.post("/api/v1/lots/L1/dispositions", R"({"kind":"release","reason":"all in order"})");
  EXPECT_EQ(released.status, 200u) << released.body;
  EXPECT_EQ(released.text("/state"), "released");
  EXPECT_EQ(released.at("/needs_second"), false);
  const auto again = officer.post("/api/v1/lots/L1/dispositions", R"({"kind":"release","reason":"all in order"})");
  EXPECT_EQ(again.status, 409u);
  EXPECT_EQ(again.message(), "lot L1 is released already");
  EXPECT_EQ(officer.get("/api/v1/lots/L1").text("/dispositions/0/kind"), "release");
}

TEST_F(RoutesTest, AReleaseAgainstBlockersWantsASecondOfficer) {
  inspect_whole_lot();
  raise_alarm();
  const auto officer = as("officer"), second = as("second");
  EXPECT_EQ(second.post("/api/v1/dispositions/D-1/consent", R"({"reason":"seen"})").status, 404u) << "nothing is proposed yet";
  const std::string path = "/api/v1/lots/L1/dispositions";
  const auto blocked = officer.post(path, R"({"kind":"release","reason":"all in order"})");
  EXPECT_EQ(blocked.status, 409u);
  EXPECT_EQ(blocked.code(), "blocked");
  EXPECT_THAT(codes(blocked), ElementsAre("case_open"));
  EXPECT_EQ(blocked.at("/error/blockers"), blocked.at("/blockers"));
  EXPECT_EQ(officer.post(path, R"({"kind":"release","reason":"all in order","override":"yes"})").message(), "'override' should be true or false");
  const auto proposed = officer.post(path, R"({"kind":"release","reason":"wet stretch, seen on site","override":true})");
  EXPECT_EQ(proposed.status, 200u);
  EXPECT_EQ(proposed.at("/needs_second"), true);
  EXPECT_EQ(proposed.text("/state"), "release_proposed");
  const std::string consent = "/api/v1/dispositions/" + proposed.text("/disposition/id") + "/consent";
  EXPECT_EQ(officer.post(consent, R"({"reason":"by myself"})").status, 403u);
  EXPECT_EQ(second.post(consent, R"({"reason":""})").status, 400u);
  const auto given = second.post(consent, R"({"reason":"seen with my own eyes"})");
  EXPECT_EQ(given.status, 200u) << given.body;
  EXPECT_EQ(given.text("/state"), "released");
  EXPECT_EQ(given.text("/disposition/second/by"), "second");
  EXPECT_EQ(second.post(consent, R"({"reason":"seen with my own eyes"})").status, 409u);
}

TEST_F(RoutesTest, DecisionsAboutLotsAreHeldAgainstTheirForm) {
  inspect_whole_lot();
  const auto officer = as("officer");
  const std::string path = "/api/v1/lots/L1/dispositions";
  EXPECT_EQ(officer.get("/api/v1/lots/L9").message(), "no lot L9");
  EXPECT_EQ(officer.post("/api/v1/lots/L9/dispositions", R"({"kind":"hold","reason":"to see"})").status, 404u);
  EXPECT_EQ(officer.post(path, R"({"kind":"hold")").status, 400u);
  EXPECT_EQ(officer.post(path, R"({"kind":"explain","reason":"to see"})").status, 400u);
  EXPECT_EQ(officer.post(path, R"({"kind":"resume","reason":"to see"})").status, 409u) << "out of order";
  EXPECT_EQ(officer.post(path, R"({"kind":"hold","reason":"to see"})").text("/state"), "held");
  EXPECT_EQ(officer.post(path, R"({"kind":"hold","reason":"to see"})").status, 409u);
  EXPECT_EQ(officer.post(path, R"({"kind":"resume","reason":"it was seen"})").text("/state"), "inspected");
}

TEST_F(RoutesTest, ALotEndsOnceItHasBeenOnTheBelt) {
  const auto terminal = as("terminal");
  EXPECT_EQ(terminal.post("/api/v1/lots/L1/end").status, 404u);
  ASSERT_EQ(control->import_declarations(control::kOfficer, {control::declaration_of("D1", "L1", 1)})->accepted, 1u);
  EXPECT_EQ(terminal.post("/api/v1/lots/L1/end").message(), "lot L1 has not been on the belt");
  material::BeltReading belt;
  belt.running = true;
  take(record::observation_of("plc", clock.now(), belt, {record::stretch("L1", 0, 40)}));
  EXPECT_EQ(terminal.post("/api/v1/lots/L1/end").body, R"({"lot":"L1"})");
  EXPECT_EQ(terminal.post("/api/v1/lots/L1/end").message(), "lot L1 has ended already");
}

TEST_F(RoutesTest, ALotWhoseNameHoldsASlashIsFound) {
  ASSERT_EQ(control->import_declarations(control::kOfficer, {control::declaration_of("D1", "2026/17", 1)})->accepted, 1u);
  EXPECT_EQ(as("officer").get("/api/v1/lots/2026%2F17").text("/lot"), "2026/17");
}

// --- audit and accounts ---------------------------------------------------------------------------------------------

TEST_F(RoutesTest, TheAuditTellsWhoDidWhatNewestFirst) {
  raise_alarm();
  const auto officer = as("officer");
  officer.post("/api/v1/alarms/A-1/acknowledge");
  const auto page = officer.get("/api/v1/audit?limit=2");
  EXPECT_EQ(page.at("/entries").as_array().size(), 2u);
  EXPECT_EQ(page.text("/entries/0/act"), "alarm_acknowledged");
  EXPECT_EQ(page.text("/entries/0/user"), "officer");
  EXPECT_EQ(page.text("/entries/0/subject"), "A-1");
  EXPECT_EQ(page.text("/entries/0/hash"), page.text("/head"));
  EXPECT_EQ(page.text("/entries/0/previous_hash"), page.text("/entries/1/hash"));
  EXPECT_EQ(page.at("/whole"), true);
  const auto number = page.at("/entries/1/number").as_int64();
  const auto older = officer.get("/api/v1/audit?limit=1&before=" + std::to_string(number));
  EXPECT_EQ(older.at("/entries/0/number"), number - 1);
}

TEST_F(RoutesTest, AccountsAreAddedAndChangedByAdmins) {
  const auto admin = as("admin");
  const std::string path = "/api/v1/users";
  const auto added = admin.post(path, R"({"user":"li.wei","name":"Li Wei","role":"officer","password":"ore on the belt"})");
  EXPECT_EQ(added.status, 200u) << added.body;
  EXPECT_EQ(added.text("/role"), "officer");
  EXPECT_FALSE(added.at("").as_object().contains("password"));
  EXPECT_THAT(added.body, ::testing::Not(HasSubstr("argon2")));
  EXPECT_EQ(admin.post(path, R"({"user":"li.wei","name":"Li Wei","role":"officer","password":"ore on the belt"})").status, 409u);
  EXPECT_EQ(admin.post(path, R"({"user":"li wei","name":"Li Wei","role":"officer","password":"ore on the belt"})").status, 400u);
  EXPECT_EQ(admin.post(path, R"({"user":"x","name":"X","role":"king","password":"ore on the belt"})").status, 400u);
  EXPECT_EQ(admin.post(path, R"({"user":"x","name":"X","role":"officer","password":"short"})").status, 400u);
  EXPECT_EQ(admin.post(path, R"({"user":"x","name":"X","role":"officer","passwo)").status, 400u);
  EXPECT_EQ(admin.send("PATCH", path + "/li.wei", R"({"disabled":"yes"})").message(), "'disabled' should be true or false");
  EXPECT_EQ(admin.send("PATCH", path + "/nobody", R"({"disabled":true})").status, 404u);
  EXPECT_EQ(admin.send("PATCH", path + "/admin", R"({"disabled":true})").status, 409u);
  EXPECT_EQ(admin.send("PATCH", path + "/li.wei", R"({"user":"admin","role":"supervisor"})").text("/user"), "li.wei");
  EXPECT_EQ(admin.get(path).at("/users").as_array().size(), 8u);
}

}  // namespace
}  // namespace beltwarden::api
