// A release never overtakes what is known of the lot, and a second signature covers what the first officer saw, no more.
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>

#include "control/control_for_tests.h"

namespace beltwarden::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReleaseTest : public ControlTest {
 protected:
  Result<LotDecision> release(bool override_blockers = false) {
    return control->dispose_lot(kOfficer, LotId{"L1"}, {"release", "all in order", "", override_blockers});
  }
};

/// Runs something in another thread at the first look at the time after it was armed, and lets it go on for a while.
class InterruptingClock : public Clock {
 public:
  explicit InterruptingClock(const Clock& clock) : clock_(clock) {}
  void at_next_look(std::function<void()> work) { work_ = std::move(work); }
  Time now() const override {
    if (work_) {
      const auto work = std::exchange(work_, nullptr);
      other_ = std::async(std::launch::async, work);
      other_.wait_for(std::chrono::milliseconds(300));
    }
    return clock_.now();
  }
  Duration monotonic() const override { return clock_.monotonic(); }
  void join() { other_.wait(); }

 private:
  const Clock& clock_;
  mutable std::function<void()> work_;
  mutable std::future<void> other_;
};

TEST_F(ReleaseTest, WaitsForTheAlarmsOfABatchThatIsBeingTakenIn) {
  inspect_whole_lot();
  InterruptingClock interrupting(clock);
  control.reset();
  record.reset();
  record = std::move(*record::Record::open(database.options(), interrupting, *log));
  control = std::move(*Control::open(options, *record, clock, *log));
  ASSERT_TRUE(control->tick().ok());
  // The record asks for the time when it has committed: the finding is kept, and its alarm not yet raised.
  std::optional<LotDecision> decision;
  interrupting.at_next_look([&] {
    if (auto made = release()) decision = *made;
  });
  take(suspect("slag_comparison", "slag_suspect", 40, 60));
  interrupting.join();
  ASSERT_TRUE(decision);
  EXPECT_FALSE(decision->accepted);
  EXPECT_THAT(codes(decision->blockers), ElementsAre("case_open"));
}

TEST_F(ReleaseTest, WaitsForAlarmsThatCouldNotBeWrittenDown) {
  inspect_whole_lot();
  database.run("CREATE TRIGGER full_disk BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  take(suspect("slag_comparison", "slag_suspect", 40, 60));
  EXPECT_EQ(release().error().code, ErrorCode::kUnavailable);
  database.run("DROP TRIGGER full_disk");
  const auto refused = release();
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_THAT(codes(refused->blockers), ElementsAre("case_open"));
}

TEST_F(ReleaseTest, IsNobodysToGiveBeforeTheLotHasEnded) {
  take(record::slice_of("L1", 0, 50, {{0_t, 30_t}}));
  const auto refused = release(true);
  ASSERT_TRUE(refused.ok());
  EXPECT_FALSE(refused->accepted);
  EXPECT_THAT(codes(refused->blockers), ElementsAre("not_finished", "coverage_hole"));
  EXPECT_FALSE(refused->blockers[0].overridable);
  EXPECT_TRUE(refused->blockers[1].overridable);
  EXPECT_EQ(control->lot(kOfficer, LotId{"L1"})->state, LotState::kDischarging);
}

TEST_F(ReleaseTest, ASignatureCoversTheHolesThatWereThereAndNoOthers) {
  // Ten holes are listed one by one, the rest together: a hole between two of the rest is still one that nobody saw.
  std::vector<TonneInterval> covered;
  for (int i = 0; i < 15; ++i) covered.push_back({Tonnes{i * 10.0}, Tonnes{i * 10.0 + 6}});
  take(record::slice_of("L1", 0, 150, covered, true));
  const auto proposed = release(true);
  ASSERT_TRUE(proposed->accepted);
  ASSERT_THAT(proposed->blockers, ::testing::SizeIs(11));
  // The model takes back what it said of 142 to 146 t, which lies within the last hole's hull but not within a hole.
  database.run("UPDATE coverage SET covered = '0-6;10-16;20-26;30-36;40-46;50-56;60-66;70-76;80-86;90-96;100-106;110-116;"
               "120-126;130-132;140-146' WHERE of_model = 1");
  restart();
  const auto refused = control->consent(kSecondOfficer, proposed->disposition->id, "agreed");
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_FALSE(refused->accepted);
  EXPECT_THAT(codes(refused->blockers), ElementsAre("coverage_hole"));
  database.run("UPDATE coverage SET covered = '0-6;10-16;20-26;30-36;40-46;50-56;60-66;70-76;80-86;90-96;100-106;110-116;"
               "120-126;130-138;140-146' WHERE of_model = 1");
  restart();
  EXPECT_TRUE(control->consent(kSecondOfficer, proposed->disposition->id, "agreed")->accepted) << "less is missing than was signed";
}

TEST_F(ReleaseTest, ASignatureCoversACaseAsItWas) {
  inspect_whole_lot();
  take(suspect("slag_comparison", "slag_suspect", 40, 60));
  const auto proposed = release(true);
  ASSERT_TRUE(proposed->accepted);
  take(suspect("slag_comparison", "slag_suspect", 45, 55));
  EXPECT_FALSE(control->consent(kSecondOfficer, proposed->disposition->id, "agreed")->accepted) << "there is more of it";
}

TEST_F(ReleaseTest, ASignatureCoversAnInstrumentInTheStateItWasIn) {
  const auto health = [&](material::HealthReading::State state) {
    material::HealthReading reading;
    reading.state = state;
    take(record::observation_of("nir1", Time{static_cast<std::int64_t>(next_sequence)}, reading));
  };
  health(material::HealthReading::State::kFaulty);
  inspect_whole_lot();
  const auto proposed = release(true);
  ASSERT_TRUE(proposed->accepted);
  EXPECT_EQ(proposed->blockers.at(0).state, "faulty");
  EXPECT_TRUE(control->consent(kSecondOfficer, proposed->disposition->id, "agreed")->accepted);
}

TEST_F(ReleaseTest, AnEntryThatCouldNotBeReadBlocksTheLotItMayBelongTo) {
  take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}), record::Unreadable{"payload: expected protobuf"});
  take(record::slice_of("L1", 50, 100, {{50_t, 100_t}}, true));
  take(record::Unreadable{"payload: expected protobuf"});
  const auto refused = release();
  ASSERT_THAT(codes(refused->blockers), ElementsAre("unreadable_entry"));
  EXPECT_THAT(refused->blockers[0].text, ::testing::HasSubstr("entry 2 of majishan/1"));
  restart();
  const auto proposed = release(true);
  ASSERT_TRUE(proposed->accepted);
  EXPECT_TRUE(control->consent(kSecondOfficer, proposed->disposition->id, "looked into by hand")->accepted);
}

}  // namespace
}  // namespace beltwarden::control
