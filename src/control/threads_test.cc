// Many threads at once, as the API, the intake and the push use it: run under the thread sanitizer too.
#include <atomic>
#include <thread>

#include "control/control_for_tests.h"

namespace beltwarden::control {
namespace {

using ThreadsTest = ControlTest;

TEST_F(ThreadsTest, IntakePeopleAndViewsGoTogether) {
  ASSERT_TRUE(control->add_user(kAdmin, {"li.wei", "Li Wei", "officer", {}, "correct horse", {}}).ok());
  std::atomic<bool> done{false};
  std::atomic<int> heard{0};
  const auto subscription = control->subscribe([&](const Change& change) {
    ++heard;
    if (change.kind == Change::Kind::kLot) (void)control->lot(kOfficer, LotId{change.id});
  });
  std::vector<std::thread> people;
  people.emplace_back([&] {
    while (!done) {
      for (const auto& alarm : control->alarms(true, std::nullopt)) (void)control->acknowledge(kOfficer, alarm.alarm);
      for (const auto& its : control->cases(true)) {
        (void)control->dispose_case(kOfficer, its.id, {"remove_object", "taken off", "", {}});
      }
    }
  });
  people.emplace_back([&] {
    while (!done) {
      auto signed_in = control->sign_in("li.wei", "correct horse", "");
      if (signed_in.ok() && signed_in->session) (void)control->sign_out(signed_in->session->token);
      (void)control->tick();
    }
  });
  people.emplace_back([&] {
    while (!done) {
      (void)control->lots(kOfficer);
      (void)control->lines();
      (void)control->audit(kOfficer, 0, 20);
      (void)record->series({LineId{"A"}, LotId{"L1"}});
      (void)record->sensor_to_center();
    }
  });
  constexpr int kSlices = 15;
  for (int i = 0; i < kSlices; ++i) {
    const double t = 50.0 * i;
    material::BeltReading belt;
    belt.speed_mps = 3;
    belt.rate_tph = 5400;
    take(record::observation_of("plc", Time{i * 1'000'000'000LL}, belt, {record::stretch("L1", t, t + 50)}),
         suspect("inclusion_recognition", "inclusion", t, t + 1, wire::Priority::kHigh, "steel " + std::to_string(i)),
         record::slice_of("L1", t, t + 50, {{Tonnes{t}, Tonnes{t + 50}}}, i + 1 == kSlices));
  }
  done = true;
  for (auto& person : people) person.join();
  control->unsubscribe(subscription);
  EXPECT_GT(heard, 3 * kSlices);
  EXPECT_EQ(control->alarms(false, std::nullopt).size(), static_cast<std::size_t>(kSlices));
  EXPECT_TRUE(control->verify_audit()->whole);
}

}  // namespace
}  // namespace beltwarden::control
