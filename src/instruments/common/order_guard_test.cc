#include "instruments/common/order_guard.h"

#include <gtest/gtest.h>

namespace beltwarden::instruments {
namespace {

using Verdict = OrderGuard::Verdict;

Time at(double s) { return Time{1'795'444'266'000'000'000} + seconds(s); }

TEST(OrderGuard, KnowsDuplicatesLateOnesAndGaps) {
  OrderGuard guard;
  EXPECT_EQ(guard.judge(1, at(1)), Verdict::kNew);
  EXPECT_EQ(guard.judge(4, at(4)), Verdict::kNew);
  EXPECT_EQ(guard.missing(), 2u);
  EXPECT_EQ(guard.judge(4, at(4)), Verdict::kDuplicate);
  EXPECT_EQ(guard.judge(2, at(2)), Verdict::kLate);
  EXPECT_EQ(guard.missing(), 1u);
}

TEST(OrderGuard, ADeviceThatRestartsCountsAnew) {
  OrderGuard guard;
  EXPECT_EQ(guard.judge(70, at(1)), Verdict::kNew);
  EXPECT_EQ(guard.judge(1, at(2)), Verdict::kNew);
  EXPECT_EQ(guard.judge(2, at(3)), Verdict::kNew);
  EXPECT_EQ(guard.missing(), 0u);
}

TEST(OrderGuard, WithoutNumbersOnlyTheSameContentAtTheSameTimeIsADuplicate) {
  OrderGuard guard;
  EXPECT_EQ(guard.judge(0, at(1), 17), Verdict::kNew);
  EXPECT_EQ(guard.judge(0, at(1), 18), Verdict::kNew);
  EXPECT_EQ(guard.judge(0, at(1), 17), Verdict::kDuplicate);
}

TEST(ClockGuard, CorrectsAClockThatIsWrongButNotAMessageThatIsLate) {
  ClockGuard guard(seconds(5));
  EXPECT_EQ(guard.on_site_clock(at(0), at(0.1)), at(0));
  EXPECT_EQ(guard.on_site_clock(at(1), at(60)), at(1));  // held back for a minute; the clocks agree
  EXPECT_EQ(guard.difference(), Duration{});
  ClockGuard ahead(seconds(5));
  EXPECT_EQ(ahead.on_site_clock(at(3600.5), at(1)), at(1));
  EXPECT_EQ(ahead.difference(), seconds(-3599.5));
}

}  // namespace
}  // namespace beltwarden::instruments
