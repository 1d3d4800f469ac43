#include "inspect/running_mean.h"

#include <gtest/gtest.h>

namespace beltwarden::inspect {
namespace {

TEST(RunningMean, TellsWhereItsOldestSliceBegins) {
  RunningMean window{500}, all;
  // Five slices of 50 t, then 750 t of something else, then six more: the last 500 t of such slices begin before the gap.
  for (int i = 0; i < 5; ++i) window.add(1, 0.1, 0, 50, 50.0 * i), all.add(1, 0.1, 0, 50, 50.0 * i);
  EXPECT_EQ(window.from(), 0);
  for (int i = 0; i < 6; ++i) window.add(1, 0.1, 0, 50, 1000 + 50.0 * i), all.add(1, 0.1, 0, 50, 1000 + 50.0 * i);
  EXPECT_EQ(window.mass(), 500);
  EXPECT_EQ(window.from(), 50);
  EXPECT_EQ(all.from(), 0);
}

TEST(RunningMean, WhatSlicesShareDoesNotAverageOut) {
  RunningMean own, common;
  for (int i = 0; i < 100; ++i) own.add(i % 2, 1, 0, 50), common.add(i % 2, 1, 0.25, 50);
  EXPECT_DOUBLE_EQ(own.mean(), 0.5);
  EXPECT_NEAR(own.std_error(), 0.1, 1e-12);
  EXPECT_NEAR(common.std_error(), std::sqrt(0.25 + 0.75 / 100), 1e-12);
}

}  // namespace
}  // namespace beltwarden::inspect
