#include "material/intervals.h"

#include <gtest/gtest.h>

namespace beltwarden::material {
namespace {

using Set = std::vector<TonneInterval>;

TEST(Intervals, MergeSortsJoinsAndDropsEmpty) {
  EXPECT_EQ(merged({{30_t, 40_t}, {0_t, 10_t}, {5_t, 12_t}, {12_t, 15_t}, {20_t, 20_t}}), (Set{{0_t, 15_t}, {30_t, 40_t}}));
  EXPECT_EQ(merged({{0_t, 10_t}, {10.5_t, 20_t}}, 0.5_t), (Set{{0_t, 20_t}}));
}

TEST(Intervals, ClipKeepsWhatLiesInTheWindow) {
  EXPECT_EQ(clipped({{0_t, 10_t}, {20_t, 30_t}, {40_t, 50_t}}, {5_t, 40_t}), (Set{{5_t, 10_t}, {20_t, 30_t}}));
}

TEST(Intervals, IntersectionIsWhatBothReach) {
  EXPECT_EQ(intersection({{0_t, 10_t}, {20_t, 30_t}}, {{5_t, 25_t}, {28_t, 40_t}}), (Set{{5_t, 10_t}, {20_t, 25_t}, {28_t, 30_t}}));
  EXPECT_TRUE(intersection({{0_t, 10_t}}, {{10_t, 20_t}}).empty());
}

TEST(Intervals, HolesAreWhatNothingReaches) {
  EXPECT_EQ(holes({{5_t, 10_t}, {20_t, 30_t}}, {0_t, 40_t}), (Set{{0_t, 5_t}, {10_t, 20_t}, {30_t, 40_t}}));
  EXPECT_TRUE(holes({{0_t, 60_t}}, {10_t, 50_t}).empty());
  EXPECT_EQ(holes({}, {10_t, 50_t}), (Set{{10_t, 50_t}}));
}

TEST(Intervals, TotalIsTheirMass) { EXPECT_EQ(total({{0_t, 10_t}, {20_t, 21.5_t}}), 11.5_t); }

}  // namespace
}  // namespace beltwarden::material
