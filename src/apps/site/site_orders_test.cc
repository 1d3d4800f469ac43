// Orders on their way to the cutter and the terminal, and across a restart.
#include "apps/site/site_for_tests.h"

namespace beltwarden::site {
namespace {

using ::testing::HasSubstr;

TEST_F(SiteTest, AnOrderWaitsForItsTonnesToReachTheCutter) {
  begin();
  order_sample(10, 12);
  run(1);
  EXPECT_TRUE(cuts().empty());
  run(5);                                         // 11 t are at the cutter when 26 t have passed: after 4 s
  ASSERT_EQ(cuts().size(), 1u);
  EXPECT_EQ(cuts()[0].command_id, "o-1");
  EXPECT_EQ(cuts()[0].increment, 10'001u);
  EXPECT_NEAR((cuts()[0].due - belt_.now()).seconds(), -2, 0.2);
  for (const auto& o : journaled()) {
    const auto* taken = std::get_if<material::CommandTaken>(&o.payload);
    if (!taken || taken->kind != "cut") continue;
    ASSERT_EQ(o.intervals.size(), 1u);
    EXPECT_NEAR(o.intervals[0].tonnes.from.value, 11, 0.3);
  }
}

TEST_F(SiteTest, AnOrderForMaterialThatHasPassedTheCutterIsAnsweredSo) {
  begin();
  order_sample(1, 3);
  run(1);
  EXPECT_TRUE(cuts().empty());
  const auto answers = all<material::CutterReading>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].command_id, "o-1");
  EXPECT_FALSE(answers[0].confirmed);
  EXPECT_EQ(answers[0].reason, "the material had passed the sampler");
}

// Tonnes 10 to 12 of the journal before are others.
TEST_F(SiteTest, AnOrderOfAnotherJournalsTonnesIsRefusedAndOneOfThisIsTaken) {
  begin();
  const std::uint64_t epoch = journaled().at(0).id.epoch;
  const auto of = [&](const char* id, std::uint64_t its) {
    site_->command({id, LineId{"B1"}, belt_.now(), "li.wei", wire::OrderSample{{kLot, {10_t, 12_t}}}, its});
    site_->drain();
  };
  of("o-old", epoch - 1);
  of("o-old", epoch - 1);
  run(8);
  EXPECT_TRUE(cuts().empty());
  const auto answers = all<material::StopAnswerReading>();
  ASSERT_EQ(answers.size(), 1u) << "told once";
  EXPECT_EQ(answers[0].command_id, "o-old");
  EXPECT_FALSE(answers[0].accepted);
  EXPECT_THAT(answers[0].reason, HasSubstr("journal was replaced"));
  site_->command({"o-new", LineId{"B1"}, belt_.now(), "li.wei", wire::OrderSample{{kLot, {25_t, 27_t}}}, epoch});
  site_->drain();
  run(20);
  ASSERT_EQ(cuts().size(), 1u);
  EXPECT_EQ(cuts()[0].command_id, "o-new");
}

TEST_F(SiteTest, AStretchThatStillReachesTheCutterIsCutAtOnce) {
  begin();
  order_sample(1, 8);                             // 5 t are there now
  run(0.2);
  ASSERT_EQ(cuts().size(), 1u);
  for (const auto& o : journaled()) {
    const auto* taken = std::get_if<material::CommandTaken>(&o.payload);
    if (taken && taken->kind == "cut") {
      EXPECT_NEAR(o.intervals.at(0).tonnes.from.value, 5.2, 0.5);
    }
  }
}

TEST_F(SiteTest, WhatTheActuatorRefusesIsAnsweredNotTaken) {
  begin();
  refuse_ = true;
  order_sample(10, 12);
  command("s-1", wire::RequestStop{"a plate at 12 t"});
  run(6);
  const auto stops = all<material::StopAnswerReading>();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_EQ(stops[0].command_id, "s-1");
  EXPECT_FALSE(stops[0].accepted);
  EXPECT_EQ(stops[0].reason, "the terminal was not asked: the PLC is not connected");
  const auto answers = all<material::CutterReading>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].confirmed);
  EXPECT_EQ(answers[0].reason, "the PLC is not connected");
}

TEST_F(SiteTest, AnOrderSurvivesARestartBeforeItsTonnesComeAndIsGivenOnce) {
  begin();
  order_sample(10, 12);
  start();
  run(6);
  ASSERT_EQ(cuts().size(), 1u);
  EXPECT_EQ(cuts()[0].command_id, "o-1");
  answer(cuts()[0]);
  run(1);
  start();
  run(5);
  EXPECT_EQ(cuts().size(), 1u);
}

TEST_F(SiteTest, ACutWithoutAnAnswerIsGivenAgainUntilThePlcTakesIt) {
  begin();
  order_sample(10, 12);
  run(6);
  ASSERT_EQ(cuts().size(), 1u);
  refuse_ = true;                                 // the PLC connects after the site has started
  start();
  run(1);
  EXPECT_EQ(cuts().size(), 1u);
  refuse_ = false;
  for (int i = 0; i < 100 && cuts().size() < 2; ++i) {
    run(0.1);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ASSERT_EQ(cuts().size(), 2u);
  EXPECT_EQ(cuts()[1].command_id, "o-1");
  EXPECT_EQ(cuts()[1].increment, 10'001u);
}

TEST_F(SiteTest, AStopWithoutAnAnswerIsAnsweredAfterARestart) {
  begin();
  command("s-1", wire::RequestStop{"a plate"});
  EXPECT_TRUE(all<material::StopAnswerReading>().empty());
  start();
  const auto stops = all<material::StopAnswerReading>();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_FALSE(stops[0].accepted);
  EXPECT_THAT(stops[0].reason, HasSubstr("restarted before the terminal answered"));
  start();
  EXPECT_EQ(all<material::StopAnswerReading>().size(), 1u);
}

}  // namespace
}  // namespace beltwarden::site
