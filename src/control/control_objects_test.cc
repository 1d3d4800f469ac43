// Objects and what gets worse: no decision about one thing swallows the next.
#include "control/control_for_tests.h"

namespace beltwarden::control {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

class ObjectTest : public ControlTest {
 protected:
  wire::Finding object(double from, double to, wire::Priority priority = wire::Priority::kMedium) {
    return suspect("inclusion_recognition", "inclusion", from, to, priority);
  }
  wire::Finding object_class(double from, double to, const std::string& label, double confidence) {
    auto finding = suspect("impurity_classification", "impurity", from, to, wire::Priority::kNone, label);
    finding.confidence = confidence;
    return finding;
  }
  AlarmState state(const char* alarm = "A-1") { return control->alarm(AlarmId{alarm})->state; }
};

TEST_F(ObjectTest, AnAcknowledgedAlarmAsksAgainWhenItGetsWorse) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150, wire::Priority::kMedium));
  ASSERT_TRUE(control->acknowledge(kOfficer, AlarmId{"A-1"}).ok());
  take(suspect("slag_comparison", "slag_suspect", 150, 200, wire::Priority::kMedium));
  EXPECT_EQ(state(), AlarmState::kAcknowledged) << "the same going on";
  take(suspect("slag_comparison", "slag_suspect", 200, 250, wire::Priority::kHigh));
  EXPECT_EQ(state(), AlarmState::kUnacknowledged);
  restart();
  EXPECT_EQ(state(), AlarmState::kUnacknowledged);
}

TEST_F(ObjectTest, AShelvedAlarmAsksAgainWhenItGetsWorse) {
  take(suspect("slag_comparison", "slag_suspect", 100, 150, wire::Priority::kMedium));
  ASSERT_TRUE(control->shelve(kOfficer, AlarmId{"A-1"}, 60, "crane repairs").ok());
  take(suspect("slag_comparison", "slag_suspect", 150, 200, wire::Priority::kCritical));
  EXPECT_EQ(state(), AlarmState::kUnacknowledged);
}

TEST_F(ObjectTest, AnotherObjectAsksAgainThoughItIsNoWorse) {
  take(object(100, 100.2));
  ASSERT_TRUE(control->acknowledge(kOfficer, AlarmId{"A-1"}).ok());
  take(object(150, 150.2));
  EXPECT_EQ(state(), AlarmState::kUnacknowledged);
  ASSERT_TRUE(control->shelve(kOfficer, AlarmId{"A-1"}, 60, "crane repairs").ok());
  take(object(180, 180.2));
  EXPECT_EQ(state(), AlarmState::kUnacknowledged);
  EXPECT_THAT(control->alarm(AlarmId{"A-1"})->findings, SizeIs(3));
}

TEST_F(ObjectTest, WhatComesBackHasNotReturned) {
  take(suspect("slag_comparison", "slag_suspect", 0, 50), record::slice_of("L1", 0, 200, {{0_t, 200_t}}));
  ASSERT_EQ(state(), AlarmState::kReturned);
  take(suspect("slag_comparison", "slag_suspect", 140, 150));
  EXPECT_EQ(state(), AlarmState::kUnacknowledged);
}

TEST_F(ObjectTest, ASecondObjectIsNeverSettledByTheFirst) {
  for (const char* kind : {"explain", "refer_laboratory"}) {
    const auto open = control->cases(true).size();
    take(object(10, 10.2), suspect("radioactivity", "artificial_source", 500, 501, wire::Priority::kCritical));
    for (const auto& its : control->cases(true)) {
      ASSERT_TRUE(control->dispose_case(kOfficer, its.id, {kind, "seen", "", {}}).ok());
    }
    take(object(10.3, 10.5), suspect("radioactivity", "artificial_source", 501.5, 502, wire::Priority::kCritical));
    EXPECT_THAT(control->alarms(true, std::nullopt), SizeIs(open + 2)) << kind;
    for (const auto& its : control->cases(true)) {
      ASSERT_TRUE(control->dispose_case(kOfficer, its.id, {"remove_object", "off", "", {}}).ok());
    }
  }
}

TEST_F(ObjectTest, TheClassOfAnObjectNamesItsAlarm) {
  take(object(100, 100.2), object_class(100, 100.2, "wood", 0.9), object(400, 400.2));
  take(object_class(400, 400.2, "rope", 0.6), object_class(700, 700.2, "plastic", 0.8));
  const auto wood = *control->alarm(AlarmId{"A-1"});
  EXPECT_EQ(wood.label, "wood");
  EXPECT_EQ(wood.confidence, 0.9);
  EXPECT_EQ(control->alarm(AlarmId{"A-2"})->label, "rope");
  EXPECT_THAT(control->alarms(false, std::nullopt), SizeIs(2)) << "a class asks for nobody itself";
  take(object(150, 150.2), object_class(150, 150.2, "steel", 0.95));
  const auto two = *control->alarm(AlarmId{"A-1"});
  EXPECT_THAT(two.findings, SizeIs(2)) << "the second object belongs to the open alarm, whatever it was labelled";
  EXPECT_THAT(two.classes, ElementsAre(Pair("steel", 0.95), Pair("wood", 0.9)));
  restart();
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->label, "steel");
}

TEST_F(ObjectTest, AClassCommittedBeforeACrashIsNotLost) {
  take(object(100, 100.2));
  ASSERT_TRUE(record->commit({{record::entry_of(next_sequence++, object_class(100, 100.2, "wood", 0.9))}}).ok());
  restart();
  EXPECT_EQ(control->alarm(AlarmId{"A-1"})->label, "wood");
}

}  // namespace
}  // namespace beltwarden::control
