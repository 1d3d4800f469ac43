// The chain of acts notices what was changed behind its back.
#include <gmock/gmock.h>

#include "record/record_for_tests.h"

namespace beltwarden::record {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EventTest : public RecordTest {
 protected:
  void SetUp() override {
    RecordTest::SetUp();
    if (!record) return;
    for (const char* act : {"signed_in", "alarm_acknowledged", "case_disposed", "lot_released"}) {
      const auto events = record->append({{{clock.now(), UserId{"li.wei"}, act, "L1", "reason\tchecked\n"}}});
      ASSERT_TRUE(events.ok()) << events.error().message;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Databases, EventTest, ::testing::Values(Backend::kSqlite, Backend::kPostgresql), backend_name);

TEST_P(EventTest, AWholeChainVerifies) {
  const auto report = record->verify_events();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->whole);
  EXPECT_EQ(report->entries, 4);
  const auto newest = record->events_before(0, 2);
  ASSERT_TRUE(newest.ok());
  ASSERT_EQ(newest->size(), 2u);
  EXPECT_EQ(newest->at(0).number, 4);
  EXPECT_EQ(newest->at(0).hash, report->head);
  EXPECT_EQ(newest->at(0).previous_hash, newest->at(1).hash);
  EXPECT_EQ(newest->at(0).what.payload, "reason\tchecked\n");
  EXPECT_EQ(record->events_after(2, 10)->at(0).number, 3);
}

TEST_P(EventTest, AChangedEntryIsNamed) {
  database->run("UPDATE event SET payload = 'reason\tforged' WHERE number = 3");
  const auto report = record->verify_events();
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->whole);
  EXPECT_EQ(report->first_bad, 3);
  EXPECT_EQ(report->entries, 2);
  EXPECT_THAT(report->message, HasSubstr("entry 3 was changed"));
}

TEST_P(EventTest, AnEntryTakenOutIsNamed) {
  database->run("DELETE FROM event WHERE number = 2");
  const auto report = record->verify_events();
  EXPECT_EQ(report->first_bad, 2);
  EXPECT_THAT(report->message, HasSubstr("entry 2 is missing"));
}

TEST_P(EventTest, EntriesChangedPlacesAreNamed) {
  database->run("UPDATE event SET number = 99 WHERE number = 2");
  database->run("UPDATE event SET number = 2 WHERE number = 3");
  database->run("UPDATE event SET number = 3 WHERE number = 99");
  EXPECT_EQ(record->verify_events()->first_bad, 2);
}

TEST_P(EventTest, AnotherProcessMayWriteToo) {
  auto second = Record::open(database->options(), clock, *log);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second.value()->append({{{clock.now(), UserId{"admin"}, "user_added", "new", ""}}})->at(0).number, 5);
  EXPECT_EQ(record->append({{{clock.now(), UserId{"li.wei"}, "signed_out", "", ""}}})->at(0).number, 6);
  EXPECT_TRUE(record->verify_events()->whole);
}

TEST_P(EventTest, AccountsAndSessionsAreKept) {
  const Account account{UserId{"li.wei"}, "Li Wei", "officer", "", "$argon2id$...", false, Time{1}, Time{1}};
  const SessionRow session{"aa", UserId{"li.wei"}, "csrf", Time{1}, Time{2}, Time{3}};
  ASSERT_TRUE(record->append({{}, {account}, {session}, {}}).ok());
  Account changed = account;
  changed.disabled = true;
  changed.changed = Time{9};
  ASSERT_TRUE(record->append({{}, {changed}, {}, {}}).ok());
  open();
  ASSERT_EQ(record->accounts()->size(), 1u);
  EXPECT_TRUE(record->accounts()->at(0).disabled);
  EXPECT_EQ(record->accounts()->at(0).created, Time{1});
  EXPECT_EQ(record->sessions()->at(0).csrf, "csrf");
  ASSERT_TRUE(record->append({{}, {}, {}, {"aa"}}).ok());
  EXPECT_TRUE(record->sessions()->empty());
}

TEST_P(EventTest, ASessionThatHasEndedIsNotRevivedByItsUse) {
  SessionRow first{"aa", UserId{"li.wei"}, "csrf", Time{1}, Time{2}, Time{3}}, second = first, other = first;
  second.token_sha256 = "bb";
  other.token_sha256 = "cc";
  other.user = UserId{"chen.jie"};
  ASSERT_TRUE(record->append({{}, {}, {first, second, other}, {}}).ok());
  Record::Acts used;
  second.seen = Time{9};
  used.used_sessions = {second};
  ASSERT_TRUE(record->append(used).ok());
  EXPECT_EQ(record->sessions()->at(1).seen, Time{9});
  Record::Acts out;
  out.signed_out_users = {UserId{"li.wei"}};
  ASSERT_TRUE(record->append(out).ok());
  ASSERT_TRUE(record->append(used).ok());
  ASSERT_EQ(record->sessions()->size(), 1u);
  EXPECT_EQ(record->sessions()->at(0).token_sha256, "cc");
}

TEST_P(EventTest, TheChainIsWalkedAPageAtATime) {
  std::vector<NewEvent> many(2300, {clock.now(), UserId{"li.wei"}, "noted", "L1", ""});
  ASSERT_TRUE(record->append({many, {}, {}, {}}).ok());
  ChainWalk walk;
  ASSERT_TRUE(record->verify_some(walk)->whole);
  EXPECT_EQ(walk.report.entries, 1000);
  EXPECT_FALSE(walk.done);
  ASSERT_TRUE(record->verify_some(walk)->whole);
  ASSERT_TRUE(record->verify_some(walk)->whole);
  EXPECT_TRUE(walk.done);
  EXPECT_EQ(walk.report.entries, record->verify_events()->entries);
  EXPECT_GT(walk.report.entries, 2299);
  EXPECT_EQ(walk.report.head, record->verify_events()->head);
  database->run("UPDATE event SET subject = 'L2' WHERE number = 1500");
  walk = {};
  ASSERT_TRUE(record->verify_some(walk)->whole);
  EXPECT_FALSE(record->verify_some(walk)->whole);
  EXPECT_EQ(walk.report.first_bad, 1500);
}

TEST(EventHash, CoversEveryField) {
  Event event;
  event.number = 1;
  event.what = {Time{5}, UserId{"a"}, "b", "c", "d"};
  const Sha256 whole = event_hash(event);
  Event shifted = event;
  shifted.what.act = "bc";
  shifted.what.subject = "";
  EXPECT_NE(event_hash(shifted), whole);
  // By `printf` of 32 zero bytes, the numbers and lengths little-endian, through sha256sum.
  EXPECT_EQ(to_hex(whole), "c5338b2e9ed1914069720ccad8c27a08bd8b1fa4eff12fd027de7c29b22d1b65");
}

}  // namespace
}  // namespace beltwarden::record
