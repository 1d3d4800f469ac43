#include "base/workers.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

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
  for (const unsigned most : {1u, 2u}) {
    std::atomic<int> begun = 0, ended = 0;
    const auto one_fails = [&](std::size_t i) {
      ++begun;
      if (i == 3) throw std::runtime_error("no");
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      ++ended;
    };
    EXPECT_THROW(workers(most)(8, one_fails), std::runtime_error);
    EXPECT_EQ(begun, ended + 1) << "whatever began has ended before it is thrown";
    EXPECT_GE(begun, 4);
  }
}

}  // namespace
}  // namespace beltwarden
