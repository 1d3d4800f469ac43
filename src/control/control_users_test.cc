// Signing in, being locked out, and leaving a trace.
#include "control/control_for_tests.h"

namespace beltwarden::control {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class UserTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    ASSERT_TRUE(control->add_user(kAdmin, {"li.wei", "Li Wei", "officer", {}, "correct horse", {}}).ok());
  }
  SignIn::Outcome sign_in(const std::string& user, const std::string& password) {
    auto done = control->sign_in(user, password, "127.0.0.1");
    EXPECT_TRUE(done.ok());
    last = *done;
    return last.outcome;
  }
  using Outcome = SignIn::Outcome;
  SignIn last;
};

TEST_F(UserTest, ASessionKnowsWhoItIs) {
  ASSERT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  EXPECT_EQ(last.session->token.size(), 64u);
  const auto session = control->session(last.session->token);
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(session->actor.user, UserId{"li.wei"});
  EXPECT_EQ(session->actor.role, Role::kOfficer);
  EXPECT_EQ(session->csrf, last.session->csrf);
  restart();
  EXPECT_TRUE(control->session(last.session->token).ok()) << "a restart signs nobody out";
  ASSERT_TRUE(control->sign_out(last.session->token).ok());
  EXPECT_EQ(control->session(last.session->token).error().code, ErrorCode::kDenied);
  EXPECT_EQ(control->session("").error().code, ErrorCode::kDenied);
}

TEST_F(UserTest, TokensAndPasswordsAreKeptNowhere) {
  ASSERT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  EXPECT_EQ(record->sessions()->at(0).token_sha256, to_hex(sha256(last.session->token)));
  EXPECT_THAT(record->accounts()->at(0).password_hash, HasSubstr("$argon2id$"));
  const auto events = record->events_after(0, 100);
  for (const auto& event : *events) {
    EXPECT_THAT(event.what.payload, Not(HasSubstr("horse")));
    EXPECT_THAT(event.what.payload, Not(HasSubstr("argon2")));
    EXPECT_THAT(event.what.payload, Not(HasSubstr(last.session->token)));
  }
}

TEST_F(UserTest, SessionsEndWhenIdleAndAfterAShift) {
  ASSERT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  const std::string idle = last.session->token;
  clock.advance(seconds(30 * 60));
  EXPECT_FALSE(control->session(idle).ok());
  ASSERT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  for (int minutes = 0; minutes < 12 * 60; minutes += 20) {
    EXPECT_TRUE(control->session(last.session->token).ok()) << minutes;
    clock.advance(seconds(20 * 60));
  }
  EXPECT_FALSE(control->session(last.session->token).ok());
  ASSERT_TRUE(control->tick().ok());
  EXPECT_TRUE(record->sessions()->empty());
}

TEST_F(UserTest, FiveFailuresLockTheNameForAWhileThatGrows) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("li.wei", "wrong"), Outcome::kRefused) << i;
  EXPECT_EQ(sign_in("li.wei", "correct horse"), Outcome::kLocked);
  EXPECT_EQ(last.retry_after, seconds(60));
  restart();
  EXPECT_EQ(sign_in("li.wei", "correct horse"), Outcome::kLocked) << "a restart unlocks nobody";
  clock.advance(seconds(60));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("li.wei", "wrong"), Outcome::kRefused) << i;
  EXPECT_EQ(sign_in("li.wei", "correct horse"), Outcome::kLocked);
  EXPECT_EQ(last.retry_after, seconds(120));
  clock.advance(seconds(120));
  EXPECT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(sign_in("li.wei", "wrong"), Outcome::kRefused) << i;
  EXPECT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn) << "success forgives";
}

TEST_F(UserTest, FailuresLongAgoDoNotCount) {
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(sign_in("li.wei", "wrong"), Outcome::kRefused) << i;
    clock.advance(seconds(5 * 60));
  }
}

TEST_F(UserTest, UnknownNamesAreTreatedLikeKnownOnes) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("nobody", "wrong"), Outcome::kRefused);
  EXPECT_EQ(sign_in("nobody", "wrong"), Outcome::kLocked);
}

TEST_F(UserTest, AFloodOfMadeUpNamesDoesNotFillTheAuditTrail) {
  for (int i = 0; i < 60; ++i) sign_in("ghost" + std::to_string(i), "wrong");
  std::size_t failures = 0;
  const auto events = record->events_after(0, 1000);
  for (const auto& event : *events) failures += event.what.act == "sign_in_failed";
  EXPECT_EQ(failures, 20u);
}

TEST_F(UserTest, ADisabledAccountIsOut) {
  ASSERT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  ASSERT_TRUE(control->change_user(kAdmin, {"li.wei", {}, {}, {}, {}, true}).ok());
  EXPECT_FALSE(control->session(last.session->token).ok());
  EXPECT_EQ(sign_in("li.wei", "correct horse"), Outcome::kRefused);
}

TEST_F(UserTest, ANewPasswordOrRoleEndsOldSessions) {
  ASSERT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  ASSERT_TRUE(control->change_user(kAdmin, {"li.wei", {}, "supervisor", {}, "battery staple", {}}).ok());
  EXPECT_FALSE(control->session(last.session->token).ok());
  EXPECT_EQ(sign_in("li.wei", "correct horse"), Outcome::kRefused);
  ASSERT_EQ(sign_in("li.wei", "battery staple"), Outcome::kSignedIn);
  EXPECT_EQ(last.session->actor.role, Role::kSupervisor);
}

TEST_F(UserTest, AChangeFromTheCommandLineEndsTheSessionsOfTheRunningCenter) {
  const auto beside = [&](const Control::UserChange& change) {
    auto other = Control::open(options, *record, clock, *log);
    ASSERT_TRUE(other.ok());
    ASSERT_TRUE((*other)->change_user(kAdmin, change).ok());
  };
  ASSERT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  beside({"li.wei", "Li Wei the Elder", {}, {}, {}, {}});
  ASSERT_TRUE(control->tick().ok());
  EXPECT_TRUE(control->session(last.session->token).ok()) << "a name is no right";
  beside({"li.wei", {}, {}, {}, "a new password", {}});
  clock.advance(seconds(90));  // long enough for the next use to be written down
  ASSERT_TRUE(control->tick().ok());
  EXPECT_EQ(control->session(last.session->token).error().code, ErrorCode::kDenied);
  EXPECT_FALSE(control->signed_in(last.session->token));
  EXPECT_TRUE(record->sessions()->empty());
  restart();
  EXPECT_EQ(control->session(last.session->token).error().code, ErrorCode::kDenied);
  ASSERT_EQ(sign_in("li.wei", "a new password"), Outcome::kSignedIn);
  restart();
  EXPECT_TRUE(control->session(last.session->token).ok()) << "what ended older sessions does not end this one";
}

TEST_F(UserTest, AUseOfASessionThatTheCommandLineEndedDoesNotReviveIt) {
  ASSERT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  {
    auto other = Control::open(options, *record, clock, *log);
    ASSERT_TRUE((*other)->change_user(kAdmin, {"li.wei", {}, "supervisor", {}, {}, {}}).ok());
  }
  clock.advance(seconds(90));
  (void)control->session(last.session->token);  // before the next tick: still the old truth
  restart();
  EXPECT_EQ(control->session(last.session->token).error().code, ErrorCode::kDenied);
}

TEST_F(UserTest, TheChainIsWalkedAgainWhileTheCenterRuns) {
  ASSERT_TRUE(control->audit(kOfficer, 0, 1)->whole);
  const Time opened = control->audit(kOfficer, 0, 1)->checked;
  database.run("UPDATE event SET payload = 'reason\tforged\n' WHERE number = 1");
  ASSERT_TRUE(control->tick().ok());
  EXPECT_TRUE(control->audit(kOfficer, 0, 1)->whole) << "not walked yet";
  clock.advance(options.audit_every);
  ASSERT_TRUE(control->tick().ok());
  EXPECT_FALSE(control->audit(kOfficer, 0, 1)->whole);
  EXPECT_EQ(control->audit(kOfficer, 0, 1)->checked, opened + options.audit_every);
}

TEST_F(UserTest, AccountsThatDoNotFitAreRefused) {
  const auto refused = [&](Control::UserChange user) { return control->add_user(kAdmin, user).error().message; };
  EXPECT_THAT(refused({"a b", "A", "officer", {}, "long enough", {}}), HasSubstr("user:"));
  EXPECT_THAT(refused({"ab", "", "officer", {}, "long enough", {}}), HasSubstr("name:"));
  EXPECT_THAT(refused({"ab", "A", "captain", {}, "long enough", {}}), HasSubstr("role: expected officer"));
  EXPECT_THAT(refused({"ab", "A", "officer", {}, "short", {}}), HasSubstr("password: expected at least 8"));
  EXPECT_THAT(refused({"ab", "A", "consignee", {}, "long enough", {}}), HasSubstr("consignee:"));
  EXPECT_THAT(refused({"li.wei", "Li", "officer", {}, "long enough", {}}), HasSubstr("exists already"));
  EXPECT_THAT(refused({"system", "S", "admin", {}, "long enough", {}}), HasSubstr("Beltwarden itself"));
  EXPECT_EQ(control->add_user(kOfficer, {"ab", "A", "officer", {}, "long enough", {}}).error().code, ErrorCode::kDenied);
  EXPECT_EQ(control->users(kSupervisor).error().code, ErrorCode::kDenied);
  EXPECT_EQ(control->users(kAdmin)->size(), 1u);
}

TEST_F(UserTest, EveryActIsInTheChainWithWhoAndWhy) {
  ASSERT_EQ(sign_in("li.wei", "wrong"), Outcome::kRefused);
  ASSERT_EQ(sign_in("li.wei", "correct horse"), Outcome::kSignedIn);
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  ASSERT_TRUE(control->acknowledge(kOfficer, AlarmId{"A-1"}).ok());
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"explain", "wet patch\n第二行", "", {}}).ok());
  const auto page = control->audit(kSupervisor, 0, 100);
  ASSERT_TRUE(page.ok());
  std::vector<std::string> acts;
  for (const auto& entry : page->entries) acts.push_back(entry.act);
  EXPECT_THAT(acts, ::testing::ElementsAre("case_disposed", "alarm_acknowledged", "alarm_raised", "signed_in", "sign_in_failed",
                                           "user_added"));
  EXPECT_EQ(page->entries[0].reason, "wet patch\n第二行");
  EXPECT_EQ(page->entries[0].name, "Li Wei");
  EXPECT_EQ(page->entries[0].previous_hash, page->entries[1].hash);
  EXPECT_EQ(page->head, page->entries[0].hash);
  EXPECT_TRUE(page->whole);
  EXPECT_EQ(control->audit(kSupervisor, page->entries[2].number, 1)->entries[0].act, "signed_in");

  database.run("UPDATE event SET who = 'somebody.else' WHERE act = 'alarm_acknowledged'");
  EXPECT_EQ(control->verify_audit()->first_bad, 5);
  EXPECT_FALSE(control->audit(kSupervisor, 0, 1)->whole);
  restart();
  EXPECT_FALSE(control->audit(kSupervisor, 0, 1)->whole);
}

}  // namespace
}  // namespace beltwarden::control
