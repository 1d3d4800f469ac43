#include "science/vision/net/trainer.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace beltwarden::vision::net {
namespace {

TEST(Train, LearnsToTellStripesAcrossFromStripesDown) {
  Plan plan(3);
  const int half = plan.normalise(plan.mix(plan.fold(0), 8));
  const int head = plan.mix(plan.block(half, 8, true), 1);
  Network network = make_network(plan, {head}, 1);
  TrainingRun run{60, 2, 2, 16, 16, 2e-2};
  const auto fill = [](int step, int lane, Planes& input) {
    Rng rng(static_cast<std::uint64_t>(step), static_cast<std::uint64_t>(lane));
    for (int s = 0; s < input.count(); ++s) {
      for (int y = 0; y < 16; ++y) {
        for (int x = 0; x < 16; ++x) {
          const bool light = (s % 2 == 0 ? x : y) % 2 == 0;
          for (int c = 0; c < 3; ++c) input.row(s, c, y)[x] = static_cast<float>((light ? 1 : -1) + 0.3 * rng.normal());
        }
      }
    }
  };
  double last = 0;
  const auto loss = [&](int, int, Lane& lane) {
    const Planes& map = lane.map(head);
    double sum = 0;
    for (int s = 0; s < map.count(); ++s) {
      const double target = s % 2 == 0 ? 1 : -1;
      for (int y = 0; y < 8; ++y) {
        for (int x = 0; x < 8; ++x) {
          const double miss = static_cast<double>(map.row(s, 0, y)[x]) - target;
          lane.gradient(head).row(s, 0, y)[x] = static_cast<float>(miss / 64);
          sum += miss * miss / 128;
        }
      }
    }
    return sum / map.count();
  };
  double first = -1;
  train(network, run, fill, loss, [&](int, double value) {
    if (first < 0) first = value;
    last = value;
    return true;
  });
  EXPECT_LT(last, 0.05 * first);

  // The same run again gives the same bits.
  Network again = make_network(plan, {head}, 1);
  train(again, run, fill, loss, [](int, double) { return true; });
  EXPECT_EQ(network.parameters, again.parameters);
}

TEST(Train, TheRateRisesThenFallsToItsLeast) {
  TrainingRun run;
  run.steps = 200;
  run.peak_rate = 1;
  EXPECT_DOUBLE_EQ(rate_at(run, 0), 0.1);     // a twentieth of the steps to the peak
  EXPECT_DOUBLE_EQ(rate_at(run, 9), 1);
  EXPECT_DOUBLE_EQ(rate_at(run, 100), 0.5);   // half of a cosine
  EXPECT_LT(rate_at(run, 199), 1e-4);
  run.least_rate_share = 0.3;
  EXPECT_DOUBLE_EQ(rate_at(run, 100), 0.5);
  EXPECT_DOUBLE_EQ(rate_at(run, 199), 0.3);
}

Network of_numbers(float parameter, float state) { return {Plan(3), {parameter}, {state}, {}}; }

TEST(AverageNumbers, AllCountAlikeAtFirstAndTheLastMoreLater) {
  Network network = of_numbers(7, 70);
  AverageNumbers average(2);
  average.put_into(network);
  EXPECT_EQ(network.parameters[0], 7);  // nothing added
  average.add(of_numbers(1, 10));
  average.add(of_numbers(3, 30));
  average.put_into(network);
  EXPECT_FLOAT_EQ(network.parameters[0], 2);
  EXPECT_FLOAT_EQ(network.state[0], 20);
  average.add(of_numbers(8, 0));  // now half of the new one, not a third
  average.put_into(network);
  EXPECT_FLOAT_EQ(network.parameters[0], 5);
  EXPECT_FLOAT_EQ(network.state[0], 10);
}

}  // namespace
}  // namespace beltwarden::vision::net
