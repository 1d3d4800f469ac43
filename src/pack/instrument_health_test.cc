// The five faults of a spectrometer on the line, weak and strong: each is named, and none is taken for slag.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "pack/fitted_pack_for_tests.h"
#include "science/spectra/line_health.h"

namespace beltwarden::pack {
namespace {

using spectra::LineFault;
using testing::TestBelt;

using Bend = std::function<void(const std::vector<double>& nm, spectra::Spectrum& reading)>;

// 2900 K to `kelvin` by Planck's law.
Bend lamp(double kelvin) {
  return [kelvin](const std::vector<double>& nm, spectra::Spectrum& r) {
    constexpr double kC2 = 1.438777e7;
    for (Eigen::Index i = 0; i < r.size(); ++i) {
      const double at = nm[static_cast<std::size_t>(i)];
      r[i] *= std::expm1(kC2 / (at * 2900)) / std::expm1(kC2 / (at * kelvin));
    }
  };
}

Bend shift(double by_nm) {
  return [by_nm](const std::vector<double>& nm, spectra::Spectrum& r) {
    const spectra::Spectrum was = r;
    const double step = (nm.back() - nm.front()) / static_cast<double>(nm.size() - 1);
    for (Eigen::Index i = 0; i < r.size(); ++i) {
      const double at = std::clamp(static_cast<double>(i) - by_nm / step, 0.0, static_cast<double>(r.size() - 1));
      const auto low = static_cast<Eigen::Index>(at);
      r[i] = was[low] + (was[std::min(low + 1, r.size() - 1)] - was[low]) * (at - static_cast<double>(low));
    }
  };
}

Bend belt(double share) {
  return [share](const std::vector<double>&, spectra::Spectrum& r) { r = ((1 - share) * r.array() + share * 0.045).matrix(); };
}

class InstrumentHealth : public testing::FittedPack {
 protected:
  // Ten sound slices, then `slices` through the fault.
  void expect_named(const std::string& ore, const Bend& fault, int slices, const std::string& code) {
    SetUp();
    TestBelt line(inspectors_, ore, ore, 24);
    line.run(10);
    line.instrument = fault;
    line.run(slices);
    EXPECT_FALSE(line.of(code).empty()) << ore << ", " << code;
    EXPECT_TRUE(line.of("slag_suspect").empty()) << ore << ", " << code;
    EXPECT_TRUE(line.of("wrong_brand").empty()) << ore << ", " << code;
  }
};

TEST_F(InstrumentHealth, AFadingLampIsNamed) {
  for (const char* ore : {"Karstad fines", "Tallow Ridge fines"}) {
    for (const double kelvin : {2870.0, 2800.0, 2700.0}) expect_named(ore, lamp(kelvin), 40, "lamp_fading");
  }
}

TEST_F(InstrumentHealth, ADirtyWindowIsNamed) {
  for (const double haze : {0.2, 0.5}) {
    expect_named("Tallow Ridge fines", [haze](const auto&, spectra::Spectrum& r) { r = ((1 - haze) * r.array() + 0.3 * haze).matrix(); }, 10, "dirty_window");
  }
}

TEST_F(InstrumentHealth, AShiftOfWavelengthsIsNamed) {
  for (const double nm : {6.0, -6.0, 12.0}) expect_named("Tallow Ridge fines", shift(nm), 40, "wavelength_shift");
}

TEST_F(InstrumentHealth, ALayerTooLowIsNamed) {
  for (const double share : {0.25, 0.5}) expect_named("Tallow Ridge fines", belt(share), 40, "layer_too_low");
}

TEST_F(InstrumentHealth, AnEmptyBeltIsNamed) {
  for (const auto& ore : spectra::demo_ores()) expect_named(ore.name, belt(1), 3, "empty_belt");
}

// What `judge_slice` takes for a sick instrument must not be slag.
TEST_F(InstrumentHealth, SlagIsNoSickInstrument) {
  const auto reference = spectra::LineReference::from_bytes(testing::fitted_pack().models.at("spectrometer_health")).value();
  const auto library = spectra::mineral_library(spectra::demo_axis()).value();
  Rng rng(5);
  double most = 0;
  for (const auto& ore : spectra::demo_ores()) {
    const auto brand = static_cast<int>(std::ranges::find(reference.brands(), ore.name) - reference.brands().begin());
    for (const auto kind : {spectra::SlagKind::kBlastFurnace, spectra::SlagKind::kSteel, spectra::SlagKind::kFayalitic}) {
      for (const double percent : {10.0, 20.0, 30.0, 50.0, 80.0, 100.0}) {
        for (int k = 0; k < 4; ++k) {
          const auto recipe = spectra::blend(spectra::draw_slice(spectra::draw_lot(ore, rng), rng), spectra::draw_slag(kind, rng), percent);
          auto r = spectra::mix(library, recipe).value().reflectance;
          spectra::observe(library.axis_nm, spectra::draw_optics(rng), rng, r);
          const auto signs = reference.measure(r, brand);
          if (signs.deviation < 1.5) continue;      // hardly strange at all
          for (const auto f : {LineFault::kLampFading, LineFault::kWavelengthShift, LineFault::kLayerTooLow}) {
            if (signs[f].explained > most) {
              most = signs[f].explained;
              std::cout << ore.name << ", kind " << static_cast<int>(kind) << ", " << percent << " %: " << name_of(f) << " explains " << most << '\n';
            }
          }
          EXPECT_LT(signs.belt_likeness, 0.8) << ore.name << " " << percent;
        }
      }
    }
  }
  EXPECT_LT(most, 0.7);
}

}  // namespace
}  // namespace beltwarden::pack
