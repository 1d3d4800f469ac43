// Findings become alarms and cases, people handle them, and a restart changes nothing.
#include "control/control_for_tests.h"

namespace beltwarden::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using AlarmTest = ControlTest;

TEST_F(AlarmTest, FindingsOfOneConditionAreOneAlarm) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150, wire::Priority::kMedium));
  clock.advance(seconds(60));
  take(suspect("slag_comparison", "slag_suspect", 250, 300), suspect("slag_comparison", "slag_suspect", 401, 450));
  const auto alarms = control->alarms(true, std::nullopt);
  // 150 to 250 is within 100 t: one alarm. 300 to 401 is farther: another.
  ASSERT_THAT(alarms, SizeIs(2));
  const auto first = *control->alarm(AlarmId{"A-1"});
  EXPECT_EQ(first.tonnes, (TonneInterval{100_t, 300_t}));
  EXPECT_THAT(first.findings, ElementsAre(1, 2));
  EXPECT_EQ(first.priority, wire::Priority::kHigh);
  EXPECT_EQ(first.updated - first.raised, seconds(60));
  EXPECT_EQ(first.state, AlarmState::kUnacknowledged);
  ASSERT_THAT(first.measured, SizeIs(1));
  EXPECT_EQ(first.measured[0].value, 7);
  EXPECT_EQ(control->alarm(AlarmId{"A-2"})->tonnes, (TonneInterval{401_t, 450_t}));
}

TEST_F(AlarmTest, AnotherCodeLabelModelOrLotIsAnotherAlarm) {
  auto other_lot = suspect("slag_comparison", "slag_suspect", 0, 50);
  other_lot.where.lot = LotId{"L2"};
  take(suspect("slag_comparison", "slag_suspect", 0, 50), suspect("slag_comparison", "solid_waste", 0, 50),
       suspect("slag_comparison", "slag_suspect", 0, 50, wire::Priority::kHigh, "steel slag"),
       suspect("visual_anomaly", "slag_suspect", 0, 50), other_lot);
  EXPECT_THAT(control->alarms(true, std::nullopt), SizeIs(5));
  EXPECT_THAT(control->alarms(true, LotId{"L2"}), SizeIs(1));
}

TEST_F(AlarmTest, WhatAsksForNobodyRaisesNothing) {
  take(record::finding_of(1, "slag_comparison", 0, 50), record::finding_of(2, "slag_comparison", 50, 100, wire::Verdict::kDontKnow),
       suspect("brand_regression", "drift", 0, 50, wire::Priority::kNone));
  EXPECT_THAT(control->alarms(false, std::nullopt), IsEmpty());
}

TEST_F(AlarmTest, AlarmsOnTheSameMaterialAreOneCase) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150), suspect("visual_anomaly", "anomaly", 140, 150, wire::Priority::kLow),
       suspect("radioactivity", "artificial_source", 900, 901, wire::Priority::kCritical));
  const auto cases = control->cases(true);
  ASSERT_THAT(cases, SizeIs(2));
  const auto shared = *control->case_of(CaseId{"C-1"});
  EXPECT_THAT(shared.alarms, SizeIs(2));
  EXPECT_EQ(shared.code, "slag_suspect");
  EXPECT_EQ(shared.priority, wire::Priority::kHigh);
  EXPECT_EQ(shared.tonnes, (TonneInterval{100_t, 150_t}));
  EXPECT_THAT(*control->case_findings(CaseId{"C-1"}), SizeIs(2));
}

TEST_F(AlarmTest, CasesThatGrowTogetherBecomeOne) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150), suspect("visual_anomaly", "anomaly", 200, 250));
  ASSERT_THAT(control->cases(true), SizeIs(2));
  take(suspect("slag_comparison", "slag_suspect", 150, 210));
  const auto cases = control->cases(true);
  ASSERT_THAT(cases, SizeIs(1));
  EXPECT_EQ(cases[0].id, CaseId{"C-1"});
  EXPECT_THAT(cases[0].alarms, SizeIs(2));
  EXPECT_EQ(cases[0].tonnes, (TonneInterval{100_t, 250_t}));
  EXPECT_EQ(control->case_of(CaseId{"C-2"})->id, CaseId{"C-1"});
  EXPECT_EQ(control->alarm(AlarmId{"A-2"})->in_case, CaseId{"C-1"});
}

TEST_F(AlarmTest, AcknowledgedIsAcknowledgedByOne) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  EXPECT_EQ(control->acknowledge(kTerminal, AlarmId{"A-1"}).error().code, ErrorCode::kDenied);
  EXPECT_EQ(control->acknowledge(kOfficer, AlarmId{"A-9"}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(control->acknowledge(kOfficer, AlarmId{"A-1"})->state, AlarmState::kAcknowledged);
  EXPECT_EQ(control->acknowledge(kSupervisor, AlarmId{"A-1"})->acknowledged_by, kOfficer.user);
}

TEST_F(AlarmTest, AnAlarmReturnsWhenItsModelHasSeenEnoughGoodTonnes) {
  take(suspect("slag_comparison", "slag_suspect", 0, 50), record::slice_of("L1", 0, 150, {{0_t, 150_t}}));
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->state, AlarmState::kUnacknowledged);
  take(record::slice_of("L1", 150, 200, {{150_t, 200_t}}));
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->state, AlarmState::kReturned);
  EXPECT_EQ(control->acknowledge(kOfficer, AlarmId{"A-1"})->state, AlarmState::kAcknowledged);
}

TEST_F(AlarmTest, ShelvingRunsOutByItself) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  EXPECT_FALSE(control->shelve(kOfficer, AlarmId{"A-1"}, 10, "").ok());
  EXPECT_FALSE(control->shelve(kOfficer, AlarmId{"A-1"}, 481, "crane repairs").ok());
  EXPECT_EQ(control->shelve(kOfficer, AlarmId{"A-1"}, 10, "crane repairs")->state, AlarmState::kShelved);
  clock.advance(seconds(599));
  ASSERT_TRUE(control->tick().ok());
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->state, AlarmState::kShelved);
  clock.advance(seconds(1));
  ASSERT_TRUE(control->tick().ok());
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->state, AlarmState::kUnacknowledged);
  EXPECT_EQ(control->audit(kOfficer, 0, 1)->entries[0].act, "alarm_unshelved");
  EXPECT_EQ(control->unshelve(kOfficer, AlarmId{"A-1"}, "").error().code, ErrorCode::kConflict);
}

TEST_F(AlarmTest, OutOfServiceIsASupervisorsAct) {
  take(suspect("visual_anomaly", "anomaly", 100, 150));
  EXPECT_FALSE(control->set_out_of_service(kOfficer, LineId{"A"}, "visual_anomaly", true, "lens cracked").ok());
  ASSERT_TRUE(control->set_out_of_service(kSupervisor, LineId{"A"}, "visual_anomaly", true, "lens cracked").ok());
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->state, AlarmState::kOutOfService);
  ASSERT_THAT(control->out_of_service(), SizeIs(1));
  EXPECT_EQ(control->out_of_service()[0].reason, "lens cracked");
  EXPECT_EQ(control->out_of_service()[0].by, kSupervisor.user);
  EXPECT_EQ(control->set_out_of_service(kSupervisor, LineId{"Z"}, "visual_anomaly", true, "lens cracked").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(control->set_out_of_service(kSupervisor, LineId{"A"}, "visual_anomaly", false, "lens replaced").ok());
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->state, AlarmState::kUnacknowledged);
}

TEST_F(AlarmTest, AnAlarmIsSuppressedWhileItsBetterExplanationStands) {
  options.suppressed_by = {{"anomaly", "inclusion"}};
  restart();
  take(suspect("visual_anomaly", "anomaly", 100, 101), suspect("inclusion_recognition", "inclusion", 100.2, 100.4),
       suspect("visual_anomaly", "anomaly", 500, 501));
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->state, AlarmState::kSuppressed);
  EXPECT_EQ(control->alarm(AlarmId{"A-3"})->state, AlarmState::kUnacknowledged);
}

TEST_F(AlarmTest, ExplainingClosesTheCaseAndItsAlarms) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  EXPECT_THAT(control->dispose_case(kOfficer, CaseId{"C-1"}, {"explain", "", "", {}}).error().message, HasSubstr("reason"));
  EXPECT_THAT(control->dispose_case(kOfficer, CaseId{"C-1"}, {"ignore", "because", "", {}}).error().message, HasSubstr("kind"));
  EXPECT_EQ(control->dispose_case(kImporter, CaseId{"C-1"}, {"explain", "because", "", {}}).error().code, ErrorCode::kDenied);
  const auto made = control->dispose_case(kOfficer, CaseId{"C-1"}, {"explain", "wet patch, seen on camera", "", {}});
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->state, DispositionState::kDone);
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->state, AlarmState::kClosed);
  EXPECT_THAT(control->cases(true), IsEmpty());
  EXPECT_EQ(control->dispose_case(kOfficer, CaseId{"C-1"}, {"watch", "again", "", {}}).error().code, ErrorCode::kConflict);
}

TEST_F(AlarmTest, AnExplainedConditionThatGoesOnStaysExplainedButNotForEver) {
  take(suspect("brand_regression", "wrong_brand", 0, 50));
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"explain", "brand relabelled by the mine", "", {}}).ok());
  take(suspect("brand_regression", "wrong_brand", 50, 100));
  EXPECT_THAT(control->alarms(true, std::nullopt), IsEmpty());
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->tonnes.to, 100_t);
  take(suspect("brand_regression", "wrong_brand", 100, 150, wire::Priority::kCritical));
  EXPECT_THAT(control->alarms(true, std::nullopt), SizeIs(1)) << "worse than what was explained";
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-2"}, {"explain", "the same", "", {}}).ok());
  take(suspect("brand_regression", "wrong_brand", 160, 200));
  EXPECT_THAT(control->alarms(true, std::nullopt), SizeIs(1)) << "there was a break";
}

TEST_F(AlarmTest, AWrongBrandAllAlongALotAsksAFewTimesOnly) {
  int asked = 0;
  for (double t = 0; t < 6'000; t += 50) {
    take(suspect("brand_regression", "wrong_brand", t, t + 50));
    for (const auto& its : control->cases(true)) {
      ASSERT_TRUE(control->dispose_case(kOfficer, its.id, {"refer_laboratory", "sample sent", "", {}}).ok());
      ++asked;
    }
  }
  // When it has reached 50, 600, 1250, 2550 and 5150 t: after the first 500 t, the run doubles between two questions.
  EXPECT_EQ(asked, 5);
}

TEST_F(AlarmTest, ARemovedObjectDoesNotExcuseTheNextOne) {
  take(suspect("inclusion_recognition", "inclusion", 10, 10.2, wire::Priority::kHigh, "steel"));
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"remove_object", "plate taken off", "", {}}).ok());
  take(suspect("inclusion_recognition", "inclusion", 10.2, 10.4, wire::Priority::kHigh, "steel"));
  EXPECT_THAT(control->alarms(true, std::nullopt), SizeIs(1));
}

TEST_F(AlarmTest, AnEscalatedCaseIsResolvedByASupervisor) {
  take(suspect("radioactivity", "artificial_source", 10, 11, wire::Priority::kCritical));
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-1"}, {"escalate", "Cs-137 peak", "", {}}).ok());
  EXPECT_TRUE(control->case_of(CaseId{"C-1"})->escalated);
  EXPECT_EQ(control->dispose_case(kOfficer, CaseId{"C-1"}, {"explain", "potassium", "", {}}).error().code, ErrorCode::kDenied);
  EXPECT_TRUE(control->dispose_case(kSupervisor, CaseId{"C-1"}, {"remove_object", "source secured", "", {}}).ok());
}

TEST_F(AlarmTest, AStretchEndsWhereTheLotMust) {
  ASSERT_TRUE(control->import_declarations(kOfficer, {declaration_of("D1", "L1", 1)}).ok());   // 150 t
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  const auto hold = [&](double from, double to) {
    const auto made = control->dispose_case(kOfficer, CaseId{"C-1"}, {"hold_interval", "kept back", "", TonneInterval{{from}, {to}}});
    return made ? "" : made.error().message;
  };
  EXPECT_EQ(hold(100, 165.1), "to_t: lot L1 cannot hold more than 165.0 t, found 165.1 t");
  EXPECT_THAT(hold(0, 1e300), HasSubstr("cannot hold more than 165.0 t"));
  EXPECT_EQ(hold(100, 165), "");
}

TEST_F(AlarmTest, ALongListIsAskedForAPageAtATime) {
  for (int i = 0; i < 5; ++i) take(suspect("slag_comparison", "slag_suspect", i * 1000, i * 1000 + 50));
  const auto numbers = [&](ListPage page) {
    std::vector<std::string> ids;
    for (const auto& alarm : control->alarms(false, std::nullopt, page)) ids.push_back(alarm.alarm.str());
    return ids;
  };
  EXPECT_THAT(control->alarms(false, std::nullopt), SizeIs(5));
  EXPECT_THAT(numbers({0, 2}), ::testing::UnorderedElementsAre("A-5", "A-4"));
  EXPECT_THAT(numbers({4, 2}), ::testing::UnorderedElementsAre("A-3", "A-2"));
  EXPECT_THAT(numbers({2, 2}), ElementsAre("A-1"));
  EXPECT_THAT(numbers({1, 2}), IsEmpty());
  EXPECT_EQ(control->cases(false, {3, 1}).at(0).id, CaseId{"C-2"});
}

TEST_F(AlarmTest, ARestartBringsEverythingBackAsItWas) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150), suspect("visual_anomaly", "anomaly", 140, 160),
       suspect("inclusion_recognition", "inclusion", 700, 701), suspect("radioactivity", "natural", 900, 950));
  ASSERT_TRUE(control->acknowledge(kOfficer, AlarmId{"A-2"}).ok());
  ASSERT_TRUE(control->shelve(kOfficer, AlarmId{"A-4"}, 30, "known ore").ok());
  ASSERT_TRUE(control->dispose_case(kOfficer, CaseId{"C-2"}, {"remove_object", "plate taken off", "", {}}).ok());
  take(suspect("slag_comparison", "slag_suspect", 160, 200), record::slice_of("L1", 0, 400, {{0_t, 400_t}}));
  const auto describe = [&] {
    std::string text;
    for (const auto& alarm : control->alarms(false, std::nullopt)) {
      text += alarm.alarm.str() + " " + alarm.in_case.str() + " " + to_string(alarm.state) + " " + alarm.code + " " +
              std::to_string(alarm.tonnes.from.value) + " " + std::to_string(alarm.tonnes.to.value) + " " +
              to_rfc3339(alarm.raised) + " " + alarm.acknowledged_by.str() + " " + std::to_string(alarm.findings.size()) + " " +
              std::to_string(alarm.measured.at(0).value) + "\n";
    }
    for (const auto& its : control->cases(false)) {
      text += its.id.str() + (its.open ? " open " : " disposed ") + std::to_string(its.dispositions.size()) + "\n";
    }
    return text;
  };
  const std::string before = describe();
  EXPECT_THAT(before, HasSubstr("A-2 C-1 acknowledged anomaly 140"));
  EXPECT_THAT(before, HasSubstr("A-3 C-2 closed inclusion"));
  EXPECT_THAT(before, HasSubstr("A-4 C-3 shelved natural"));
  restart();
  EXPECT_EQ(describe(), before);
}

TEST_F(AlarmTest, SuspectsCommittedBeforeACrashAreJudgedAtTheNextStart) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  // The record takes the batch; the process ends before control folds it.
  ASSERT_TRUE(record->commit({{record::entry_of(next_sequence++, suspect("slag_comparison", "slag_suspect", 150, 200)),
                               record::entry_of(next_sequence++, suspect("radioactivity", "natural", 900, 950))}}).ok());
  restart();
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->tonnes.to, 200_t);
  EXPECT_EQ(control->alarm(AlarmId{"A-2"})->code, "natural");
  restart();
  EXPECT_THAT(control->alarms(false, std::nullopt), SizeIs(2));
}

TEST_F(AlarmTest, ACommandLineBesideTheCenterJudgesNothing) {
  ASSERT_TRUE(record->commit({{record::entry_of(next_sequence++, suspect("slag_comparison", "slag_suspect", 150, 200))}}).ok());
  {
    auto beside = Control::open({}, *record, clock, *log);
    ASSERT_TRUE(beside.ok());
    ASSERT_TRUE((*beside)->add_user(kAdmin, {"li.wei", "Li Wei", "officer", {}, "correct horse", {}}).ok());
    EXPECT_THAT((*beside)->alarms(false, std::nullopt), IsEmpty());
  }
  ASSERT_TRUE(control->tick().ok());
  EXPECT_EQ(control->sign_in("li.wei", "correct horse", "")->outcome, SignIn::Outcome::kSignedIn);
}

TEST_F(AlarmTest, ABatchSentTwiceRaisesOneAlarm) {
  const record::IntakeBatch batch{{record::entry_of(1, suspect("slag_comparison", "slag_suspect", 100, 150))}};
  ASSERT_EQ(control->intake(batch)->fresh, 1u);
  ASSERT_EQ(control->intake(batch)->duplicates, 1u);
  restart();
  ASSERT_EQ(control->intake(batch)->duplicates, 1u);
  EXPECT_THAT(control->alarm(AlarmId{"A-1"})->findings, SizeIs(1));
}

TEST_F(AlarmTest, SubscribersHearOfWhatChangedAndMayAsk) {
  std::vector<std::string> heard;
  std::size_t points = 0;
  const auto subscription = control->subscribe([&](const Change& change) {
    if (change.kind == Change::Kind::kAlarm) heard.push_back(change.id + " " + to_string(control->alarm(AlarmId{change.id})->state));
    points += change.points.size();
  });
  take(suspect("slag_comparison", "slag_suspect", 100, 150));
  ASSERT_TRUE(control->acknowledge(kOfficer, AlarmId{"A-1"}).ok());
  EXPECT_THAT(heard, ElementsAre("A-1 unacknowledged", "A-1 acknowledged"));
  EXPECT_EQ(points, 1u);
  control->unsubscribe(subscription);
  take(suspect("slag_comparison", "slag_suspect", 600, 650));
  EXPECT_THAT(heard, SizeIs(2));
}

}  // namespace
}  // namespace beltwarden::control
