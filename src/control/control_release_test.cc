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

}  // namespace
}  // namespace beltwarden::control
