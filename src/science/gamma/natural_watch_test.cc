#include "science/gamma/natural_watch.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace beltwarden::gamma {
namespace {

using Three = std::array<double, 3>;
constexpr NaturalReference kUsual{{60, 40, 30}, {6, 4, 3}};

std::vector<Raised> run(double thorium, double seconds, double load = 200) {
  NaturalWatch watch(kUsual);
  std::vector<Raised> all;
  for (double t = 0; t < seconds; t += 1) {
    for (const Raised& one : watch.observe(t, 1, load, Three{60, 40, thorium}, Three{3, 3, 2})) all.push_back(one);
  }
  return all;
}

TEST(NaturalWatch, TellsARaisedSeriesOnceWithItsLevel) {
  // sd = hypot(3, 2) = 3.606; 40 is 2.77 deviations up: 2.27 a piece, over 5 after the third piece of 20 s.
  const auto raised = run(40, 600);
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_EQ(raised[0].series, kThoriumSeries);
  EXPECT_DOUBLE_EQ(raised[0].start_s, 0);
  EXPECT_DOUBLE_EQ(raised[0].end_s, 60);
  EXPECT_NEAR(raised[0].times_usual, 40.0 / 30, 1e-9);
}

TEST(NaturalWatch, AGrossExcessIsToldWithinAMinute) {
  const auto raised = run(300, 60);       // 6 - 0.5 after one piece
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_DOUBLE_EQ(raised[0].end_s, 20);
}

TEST(NaturalWatch, UsualOreAndAnEmptyBeltAreNotRaised) {
  EXPECT_TRUE(run(31, 3600).empty());     // less than the slack
  EXPECT_TRUE(run(300, 3600, 5).empty());
}

TEST(NaturalWatch, ALotWithinTheUsualSpreadIsSeldomTold) {
  Rng rng(3);
  int told = 0;
  for (int lot = 0; lot < 100; ++lot) {
    NaturalWatch watch(kUsual);
    double level = 30;
    for (int t = 0; t < 600; ++t) {
      if (t % 20 == 0) level = 30 + 3 * rng.normal();
      told += static_cast<int>(watch.observe(t, 1, 200, Three{60, 40, level}, Three{0, 0, 0}).size());
    }
  }
  EXPECT_LE(told, 12);   // Page's run length for these settings: 930 pieces, here 3,000
}

}  // namespace
}  // namespace beltwarden::gamma
