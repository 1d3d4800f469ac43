// How often what is said of Fe holds the truth 95 times in 100: of a slice, of 500 t and of a lot, over many generated lots.
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>

#include "pack/fitted_pack_for_tests.h"

namespace beltwarden::pack {
namespace {

using testing::measured;
using testing::spectral_inspectors;
using testing::TestBelt;

struct Coverage {
  double held = 0, said = 0;
  void take(const wire::Measured& m, double truth) {
    said += 1;
    held += std::abs(m.value - truth) <= 1.96 * m.std_error;
  }
  double share() const { return held / said; }
};

TEST(CoverageOfMeans, FeOfSlice500tAndLot) {
  const auto library = spectra::mineral_library(spectra::demo_axis()).value();
  Coverage slice, window, lot;
  std::uint64_t seed = 300;
  for (const auto& ore : spectra::demo_ores()) {
    for (int k = 0; k < 25; ++k) {
      auto inspectors = spectral_inspectors(testing::fitted_pack());
      std::erase_if(inspectors, [](const auto& i) { return i->info().name != "element_threshold" && i->info().name != "brand_regression"; });
      TestBelt belt(inspectors, ore.name, ore.name, seed++);
      std::vector<double> fe;
      belt.run(20, [&](spectra::Recipe& r, Rng&) { fe.push_back(spectra::mix(library, r).value().composition.fe); }, 0, true);
      const auto mean_fe = [&](double from_t, double to_t) {
        double sum = 0, n = 0;
        for (std::size_t i = 0; i < fe.size(); ++i) {
          if (50 * (static_cast<double>(i) + 0.5) > from_t && 50 * (static_cast<double>(i) + 0.5) < to_t) sum += fe[i], n += 1;
        }
        return sum / n;
      };
      for (const auto& f : belt.findings()) {
        const double from = f.where.tonnes.from.value, to = f.where.tonnes.to.value;
        if (const auto* m = measured(f, "Fe"); m != nullptr && f.code == "slice") slice.take(*m, mean_fe(from, to));
        if (const auto* m = measured(f, "mean_500t.Fe"); m != nullptr && f.code == "mean_500t") window.take(*m, mean_fe(from, to));
        if (const auto* m = measured(f, "lot_mean.Fe"); m != nullptr && f.code == "lot_mean") lot.take(*m, mean_fe(0, 1000));
      }
    }
  }
  ASSERT_EQ(slice.said, 3000);
  ASSERT_EQ(window.said, 300);
  ASSERT_EQ(lot.said, 150);
  std::cout << "Fe within 1.96 standard errors: slices " << slice.share() << " of " << slice.said << ", 500 t " << window.share() << " of " << window.said
            << ", lots " << lot.share() << " of " << lot.said << '\n';
  // 93 to 97 % are wanted; of so few means and lots the binomial 95 % band.
  EXPECT_NEAR(slice.share(), 0.95, 0.02);
  EXPECT_NEAR(window.share(), 0.95, 0.025);
  EXPECT_NEAR(lot.share(), 0.95, 0.035);
}

}  // namespace
}  // namespace beltwarden::pack
