// A site's line from readings to journal: restarts, retention, what cannot be read and a disk that is full.
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <future>

#include "apps/site/command_receiver.h"
#include "apps/site/site_for_tests.h"
#include "material/line_notes.h"
#include "transport/in_process.h"

namespace beltwarden::site {
namespace {

using ::testing::HasSubstr;

TEST_F(SiteTest, AnEntryThatNobodyCanReadIsPassedOver) {
  begin();
  ASSERT_TRUE(site_->journal().append(journal::EntryKind::kObservation, belt_.now(), "\xFFno message"));
  ASSERT_TRUE(site_->journal().append(journal::EntryKind::kFinding, belt_.now(), "\xFFneither"));
  start();
  EXPECT_EQ(site_->counts().unreadable, 2u);
  run(2);
  EXPECT_GT(site_->counts().observations, 200u);
}

TEST_F(SiteTest, TheReadingOfTheJournalIsTold) {
  std::vector<double> told;
  options_.reading = [&](double share) { told.push_back(share); };
  begin();
  EXPECT_TRUE(told.empty()) << "nothing was there to be read";
  start();
  EXPECT_GT(told.size(), 50u);
  EXPECT_LE(told.size(), 100u);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), 1);
}

TEST_F(SiteTest, AnOfficersWordOnTheOreIsJournaledForTheInspectors) {
  begin();
  run(20);
  const material::LotInterval where{kLot, {Tonnes{2}, Tonnes{5}}};
  const std::vector<material::NaturalLevel> levels{{"Th-232", 90, "Bq/kg"}};
  command("D-7@1", wire::ExplainNaturalOre{where, "fines", levels});
  command("D-7@1", wire::ExplainNaturalOre{where, "fines", levels});   // sent twice
  std::vector<Observation> taken;
  for (const auto& o : journaled()) {
    const auto* command = std::get_if<material::CommandTaken>(&o.payload);
    if (command != nullptr && command->kind == material::kNaturalOreExplained) taken.push_back(o);
  }
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].intervals, std::vector{where});
  const auto& command_taken = std::get<material::CommandTaken>(taken[0].payload);
  EXPECT_EQ(command_taken.brand, "fines");
  EXPECT_EQ(command_taken.levels, levels);
  command("D-7@1-withdrawn", wire::ExplainNaturalOre{where, "fines", {}, true});
  const auto last = all<material::CommandTaken>().back();
  EXPECT_EQ(last.kind, material::kNaturalOreWithdrawn);
  EXPECT_EQ(last.brand, "fines");
  EXPECT_TRUE(last.levels.empty());
}

TEST_F(SiteTest, PlansAndTheLotOnTheBeltSurviveTheRemovalOfOldSegments) {
  options_.segment_bytes = 8192;
  options_.retention.max_bytes = 16'384;
  options_.renew_plans_after = 100;
  begin();
  const LotId next{"B"};
  command("p-2", plan(next, 2));
  belt_.feed(2, kLoad_t_per_m);
  run(60);                                        // the last of the first lot has passed the cutter
  command("e-1", wire::EndLot{kLot});
  run(20);
  site_->journal().acknowledge(site_->journal().durable_sequence());
  run(10);
  const double passed_t = belt_.passed_t(2);
  const auto oldest = site_->journal().first_sequence();
  EXPECT_GT(oldest, 1u);                          // the plans' first entries are gone, with those of the first lot
  const auto plans = all<material::LotPlan>();
  ASSERT_FALSE(plans.empty());
  for (const auto& plan : plans) EXPECT_TRUE(plan.lot == next || plan.lot == kLot);
  EXPECT_EQ(plans.back().lot, next);
  double first_mark = 1e9;
  for (const auto& o : journaled()) {
    for (const auto& interval : o.intervals) {
      if (interval.lot == next) first_mark = std::min(first_mark, interval.tonnes.from.value);
    }
  }
  EXPECT_EQ(first_mark, 0);                       // everything since its first tonne

  start();
  EXPECT_TRUE(site_->knows_lot(next));
  run(10);
  double mark = 0;
  for (const auto& o : journaled()) {
    if (!std::holds_alternative<material::BeltReading>(o.payload) || o.intervals.empty()) continue;
    mark = o.intervals.back().tonnes.to.value;
  }
  EXPECT_GT(mark, passed_t);
  EXPECT_NEAR(mark, belt_.passed_t(2), 0.5);
}

// Judged without it, what is left would be said to be raised again.
TEST_F(SiteTest, WhatWasExplainedIsKnownBeforeWhatRetentionHasLeft) {
  options_.segment_bytes = 8192;
  options_.retention.max_bytes = 16'384;
  options_.renew_plans_after = 100;
  begin();
  command("D-7@1", wire::ExplainNaturalOre{{kLot, {Tonnes{2}, Tonnes{5}}}, "fines", {{"Th-232", 90, "Bq/kg"}}});
  run(20);
  command("e-1", wire::EndLot{kLot});              // nor is it the lot's: the brand keeps it
  run(60);
  // Where retention cuts depends on what was committed together: until a belt reading is left before the explanation told again.
  std::optional<std::uint64_t> belt, explained;
  for (int more = 0; more < 100 && !(belt && explained && *belt < *explained); ++more) {
    site_->journal().acknowledge(site_->journal().durable_sequence());
    run(10);
    belt.reset(), explained.reset();
    for (const auto& o : journaled()) {
      const auto* taken = std::get_if<material::CommandTaken>(&o.payload);
      if (!explained && taken != nullptr && taken->kind == material::kNaturalOreExplained) explained = o.id.sequence;
      if (!belt && std::holds_alternative<material::BeltReading>(o.payload)) belt = o.id.sequence;
    }
  }
  EXPECT_GT(site_->journal().first_sequence(), 1u);
  ASSERT_TRUE(belt && explained);
  EXPECT_LT(*belt, *explained) << "or the order in the journal would do";
  explained_first_ = false;
  start();
  EXPECT_TRUE(explained_first_);
}

TEST_F(SiteTest, ACommandThatCannotBeReadIsAnsweredOnce) {
  begin();
  transport::InProcessTransport transport;
  CommandReceiver receiver(transport.site_end(layout().site), *site_, *log_);
  receiver.start();
  for (int time = 0; time < 3; ++time) {          // the center goes on sending
    ASSERT_TRUE(transport.center_end().send_command({"s-9", layout().site, LineId{"B1"}, belt_.now(), "\xFFno command"}).ok());
  }
  for (int i = 0; i < 200 && all<material::StopAnswerReading>().empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  site_->drain();
  receiver.stop();
  const auto answers = all<material::StopAnswerReading>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].command_id, "s-9");
  EXPECT_FALSE(answers[0].accepted);
  EXPECT_THAT(answers[0].reason, HasSubstr("the site cannot read the command"));
  EXPECT_TRUE(all<material::CommandTaken>().size() == 1u) << "p-1 alone was taken";
}

TEST_F(SiteTest, AJournalBegunAnewIsLaterThanWhatTheCenterKnows) {
  options_.least_epoch = 9'999'999'999'999;       // of a clock that was two centuries ahead
  open();
  EXPECT_EQ(site_->journal().epoch(), 9'999'999'999'999u);
  options_.least_epoch = 1;
  open();
  EXPECT_EQ(site_->journal().epoch(), 9'999'999'999'999u) << "the same journal goes on";
}

TEST_F(SiteTest, AFullDiskHoldsTheLineUpButNotItsEnd) {
  options_.queue = 16;
  begin();
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit full = before;
  full.rlim_cur = 512;                            // nothing can be written beyond: what a full disk looks like
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  auto driver = std::async(std::launch::async, [this] { belt_.run(60); });
  EXPECT_EQ(driver.wait_for(std::chrono::milliseconds(700)), std::future_status::timeout) << "the line waits for room";
  site_->stop_soon();
  const auto let_go = driver.wait_for(std::chrono::seconds(10));
  auto ended = std::async(std::launch::async, [this] { site_->drain(); site_->stop(); });
  const auto stopped = ended.wait_for(std::chrono::seconds(10));
  ::setrlimit(RLIMIT_FSIZE, &before);             // or a failure would hang here
  driver.wait();
  ended.wait();
  EXPECT_EQ(let_go, std::future_status::ready);
  EXPECT_EQ(stopped, std::future_status::ready);
  EXPECT_TRUE(site_->abandoned());
  start();                                        // what was written is whole
  run(1);
  EXPECT_TRUE(site_->knows_lot(kLot));
}

TEST_F(SiteTest, TonnesOfNoLotAreToldOnThePlcsPage) {
  start();
  belt_.feed(0, kLoad_t_per_m);                   // the PLC names no lot
  run(20);
  material::Reading reading;
  reading.instrument = InstrumentId{"plc"};
  reading.time = reading.received = belt_.now();
  reading.payload = material::HealthReading{material::HealthReading::State::kWorking, "polling", 200, {}};
  site_->submit(std::move(reading));
  site_->drain();
  const auto health = all<material::HealthReading>();
  ASSERT_EQ(health.size(), 1u);
  EXPECT_EQ(health[0].state, material::HealthReading::State::kDegraded);
  EXPECT_THAT(health[0].message, HasSubstr("names no lot"));
  std::uint64_t tonnes = 0;
  for (const auto& drop : health[0].dropped) {
    if (drop.cause == material::kTonnesOfNoLot) tonnes = drop.count;
  }
  EXPECT_NEAR(static_cast<double>(tonnes), 20, 1);
}

}  // namespace
}  // namespace beltwarden::site
