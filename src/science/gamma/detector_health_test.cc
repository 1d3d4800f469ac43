#include "science/gamma/detector_health.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace beltwarden::gamma {
namespace {

TEST(DetectorHealth, StuckDeadAndNoisyAreTold) {
  DetectorHealth health;
  Rng rng(7);
  std::vector<std::string> told;
  for (int t = 0; t < 400; ++t) {
    std::vector<double> cps;
    for (int d = 0; d < 4; ++d) cps.push_back(rng.poisson(330));
    if (t >= 50 && t < 80) cps[1] = 344;
    if (t >= 150 && t < 180) cps[2] = 0;
    if (t >= 250 && t < 280) cps[3] = 1500 + rng.poisson(300);
    for (const auto& change : health.observe(cps, 1)) {
      told.push_back(std::to_string(change.detector) + " " + std::string(name_of(change.is)) + " " +
                     std::to_string(t - change.readings_back));
    }
  }
  EXPECT_EQ(told, (std::vector<std::string>{"1 stuck 50", "1 none 80", "2 dead 150", "2 none 180", "3 noisy 250",
                                            "3 none 280"}));
}

TEST(DetectorHealth, CountingStatisticsAreNoFault) {
  DetectorHealth health;
  Rng rng(8);
  for (int t = 0; t < 100000; ++t) {
    std::vector<double> cps;
    for (int d = 0; d < 4; ++d) cps.push_back(rng.poisson(330));
    EXPECT_TRUE(health.observe(cps, 1).empty());
  }
}

}  // namespace
}  // namespace beltwarden::gamma
