#include "science/gamma/tail.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace beltwarden::gamma {
namespace {

// The higher of 20 normal scores, 900 times an hour: rates above 4.5 are then 900 * 20 * Q(4.5) = 0.0612 an hour.
TEST(Tail, ExtrapolatesNormalScoresToWhatIsMetOnceInSixteenHours) {
  Rng rng(3);
  std::vector<double> peaks;
  for (int i = 0; i < 8 * 900; ++i) {
    double most = -1e9;
    for (int k = 0; k < 20; ++k) most = std::max(most, rng.normal());
    peaks.push_back(most);
  }
  const Tail tail = fit_tail(peaks, 8);
  EXPECT_NEAR(std::log(tail.rate_above(4.5) / 0.0612), 0, std::log(2.5));
  EXPECT_NEAR(tail.rate_above(tail.score_at(0.125)), 0.125, 1e-6);
}

TEST(Tail, GoesOnWhereABoundedOneWouldEnd) {
  const Tail tail{3, 20, 0.5, -0.2};   // would end at 5.5
  EXPECT_GT(tail.rate_above(6), 0);
  EXPECT_LT(tail.rate_above(6), tail.rate_above(5.4));
}

TEST(Tail, TooFewPeaksAreNotTrusted) {
  EXPECT_GT(fit_tail(std::vector<double>{3.0, 3.5}, 0.1).score_at(0.1), 3.5);
}

}  // namespace
}  // namespace beltwarden::gamma
