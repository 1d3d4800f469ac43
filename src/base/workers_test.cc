#include "base/workers.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <stdexcept>

namespace beltwarden {
namespace {

TEST(Workers, DoEachTaskOnceAndNestedOnesToo) {
  const Executor two = workers(2);
  std::array<std::atomic<int>, 40> done{};
  two(4, [&](std::size_t i) { two(10, [&](std::size_t k) { ++done[10 * i + k]; }); });
  for (const auto& times : done) EXPECT_EQ(times, 1);
  two(0, [](std::size_t) { FAIL(); });
  workers(0)(3, [&](std::size_t i) { ++done[i]; });   // the caller is always one
  EXPECT_EQ(done[2], 2);
}

TEST(Workers, ThrowAgainWhatATaskThrew) {
  std::atomic<int> others = 0;
  const auto one_fails = [&](std::size_t i) {
    if (i == 0) throw std::runtime_error("no");
    ++others;
  };
  EXPECT_THROW(workers(2)(8, one_fails), std::runtime_error);
  EXPECT_LE(others, 7);
  EXPECT_THROW(run_in_turn(8, one_fails), std::runtime_error);
}

}  // namespace
}  // namespace beltwarden
