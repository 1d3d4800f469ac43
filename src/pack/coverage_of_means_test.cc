// How often what is said of Fe holds the truth 95 times in 100: of a slice, of 500 t and of a lot, over many generated lots.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "pack/fit.h"
#include "pack/inspectors.h"
#include "pack/test_belt.h"

namespace beltwarden::pack {
namespace {

// Those of a pack that judge spectra: the others have their own tests.
std::vector<std::unique_ptr<inspect::Inspector>> spectral_inspectors(const Pack& pack) {
  static constexpr std::string_view kSpectral[] = {"brand_regression", "element_threshold", "slag_comparison", "declaration", "spectrometer_health"};
  auto all = make_inspectors(pack).value();
  std::erase_if(all, [](const auto& i) { return std::ranges::find(kSpectral, i->info().name) == std::end(kSpectral); });
  return all;
}

using testing::TestBelt;

struct Coverage {
  double held = 0, said = 0;
  void take(const wire::Measured& m, double truth) {
    said += 1;
    held += std::abs(m.value - truth) <= 1.96 * m.std_error;
  }
  double share() const { return held / said; }
};

const wire::Measured* measured(const wire::Finding& finding, const std::string& name) {
  const auto it = std::ranges::find(finding.measured, name, &wire::Measured::name);
  return it == finding.measured.end() ? nullptr : &*it;
}

TEST(CoverageOfMeans, FeOfSlice500tAndLot) {
  auto pack = read(std::filesystem::path(BELTWARDEN_PACKS) / "iron-ore").value();
  const auto library = spectra::mineral_library(spectra::demo_axis()).value();
  const auto models = fit_spectral_models(pack, generated_training(library), 11).value();
  for (const auto& [name, bytes] : models) pack.models[name] = bytes;
  Coverage slice, window, lot;
  for (const auto& ore : spectra::demo_ores()) {
    for (std::uint64_t seed = 300; seed < 312; ++seed) {
      auto inspectors = spectral_inspectors(pack);
      std::erase_if(inspectors, [](const auto& i) { return i->info().name != "element_threshold" && i->info().name != "brand_regression"; });
      TestBelt belt(inspectors, ore.name, ore.name, seed);
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
  ASSERT_GT(slice.said, 1000);
  ASSERT_GT(window.said, 100);
  ASSERT_EQ(lot.said, 72);
  std::cout << "Fe within 1.96 standard errors: slices " << slice.share() << " of " << slice.said << ", 500 t " << window.share() << " of " << window.said
            << ", lots " << lot.share() << " of " << lot.said << '\n';
  EXPECT_GE(slice.share(), 0.93);
  EXPECT_GE(window.share(), 0.90);
  EXPECT_GE(lot.share(), 0.88);
}

}  // namespace
}  // namespace beltwarden::pack
