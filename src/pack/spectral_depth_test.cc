// What the spectral inspectors say beside the value: how sure, how little they would have seen, what it looks like, and
// whether it was the spectrometer.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pack/fitted_pack_for_tests.h"

namespace beltwarden::pack {
namespace {

using spectra::Recipe;
using testing::measured;
using testing::TestBelt;

class SpectralDepth : public testing::FittedPack {
 protected:
  static bool raised(const TestBelt& belt, const std::string& code) {
    return std::ranges::any_of(belt.alarms(), [&](const auto& f) { return f.code == code; });
  }
};

TEST_F(SpectralDepth, SlagIsLikenedToTheLibraryAndItsShareEstimated) {
  TestBelt belt(inspectors_, "Karstad fines", "Karstad fines", 21);
  belt.run(10);
  belt.run(6, [](Recipe& r, Rng& rng) { r = spectra::blend(r, spectra::draw_slag(spectra::SlagKind::kBlastFurnace, rng), 20); });
  const auto suspects = belt.of("slag_suspect");
  ASSERT_GE(suspects.size(), 5u);
  const auto* share = measured(suspects[2], "slag_fraction");
  ASSERT_NE(share, nullptr);
  EXPECT_GT(share->std_error, 0);
  EXPECT_NEAR(share->value, 20, std::max(8.0, 3 * share->std_error));
  const auto is_like = [](const wire::Measured& m) { return m.name.starts_with("like."); };
  EXPECT_EQ(std::ranges::count_if(suspects[2].measured, is_like), 3);
  // Blast furnace slag is glass, pyroxene and monticellite for the most part.
  for (const auto& suspect : suspects) {
    const auto first = std::ranges::find_if(suspect.measured, is_like);
    ASSERT_NE(first, suspect.measured.end());
    EXPECT_TRUE(first->name == "like.slag_glass" || first->name == "like.pyroxene" || first->name == "like.monticellite") << first->name;
  }
}

TEST_F(SpectralDepth, AStrongSliceIsSaidHoweverWeaklyThePileBegins) {
  for (const double begins : {0.0, 5.0, 10.0}) {
    TestBelt belt(inspectors_, "Karstad fines", "Karstad fines", 31);
    const auto slag = [](double percent) {
      return [percent](Recipe& r, Rng& rng) { r = spectra::blend(r, spectra::draw_slag(spectra::SlagKind::kBlastFurnace, rng), percent); };
    };
    belt.run(10);
    if (begins > 0) belt.run(1, slag(begins));
    belt.run(1, slag(70));
    belt.run(5);
    EXPECT_FALSE(belt.of("slag_suspect").empty()) << begins;
  }
}

TEST_F(SpectralDepth, UncertaintyAndDetectionLimitAreSaidPerSlice500tAndLot) {
  TestBelt belt(inspectors_, "Tallow Ridge fines", "Tallow Ridge fines", 22);
  belt.run(40);
  const auto means = belt.of("mean_500t");
  ASSERT_EQ(means.size(), 4u);
  EXPECT_EQ(means[3].where.tonnes, (TonneInterval{Tonnes{1500}, Tonnes{2000}}));
  const auto slices = belt.of("slice");
  const auto* slice = measured(slices.front(), "Fe");
  const auto* window = measured(means[3], "mean_500t.Fe");
  const auto* lot = measured(means[3], "lot_mean.Fe");
  ASSERT_TRUE(slice != nullptr && window != nullptr && lot != nullptr);
  EXPECT_LT(window->std_error, slice->std_error);
  EXPECT_LT(lot->std_error, window->std_error);
  const auto limits = belt.of("detection_limit");
  ASSERT_EQ(limits.size(), 4u);
  const auto* of_slice = measured(limits[3], "slag_detection_limit");
  const auto* of_window = measured(limits[3], "mean_500t.slag_detection_limit");
  const auto* of_lot = measured(limits[3], "lot_mean.slag_detection_limit");
  ASSERT_TRUE(of_slice != nullptr && of_window != nullptr && of_lot != nullptr);
  EXPECT_GT(of_slice->value, of_window->value);
  EXPECT_GT(of_window->value, of_lot->value);
  EXPECT_LT(of_slice->value, 40);
}

TEST_F(SpectralDepth, SlagSpreadThinlyOver500tIsFoundInItsMean) {
  // 2 % of steel slag is no slice's alarm: the ten slices' mean is held against what the lot was before them.
  int found = 0, by_mean = 0;
  for (const char* ore : {"Karstad fines", "Morrow Creek fines", "Serra Alta sinter feed", "Tallow Ridge fines", "Vale Corvo lump"}) {
    for (std::uint64_t lot = 0; lot < 4; ++lot) {
      SetUp();
      TestBelt belt(inspectors_, ore, ore, 51 + lot);
      belt.run(30);
      EXPECT_TRUE(belt.of("slag_suspect").empty()) << ore;
      belt.run(10, [](Recipe& r, Rng& rng) { r = spectra::blend(r, spectra::draw_slag(spectra::SlagKind::kSteel, rng), 2); });
      const auto said = belt.of("slag_suspect");
      found += !said.empty();
      by_mean += std::ranges::any_of(said, [](const auto& f) {
        const auto* mean = measured(f, "mean_500t.slag_fraction");
        return mean != nullptr && mean->high.has_value() && mean->value > *mean->high && f.where.tonnes.to.value > 1500;
      });
    }
  }
  EXPECT_GE(found, 14);      // of 20
  EXPECT_GE(by_mean, 9);     // the others by four slices running
}

TEST_F(SpectralDepth, MeansOfCleanLotsRaiseNoAlarm) {
  for (const auto& ore : spectra::demo_ores()) {
    for (std::uint64_t lot = 0; lot < 5; ++lot) {
      SetUp();
      TestBelt belt(inspectors_, ore.name, ore.name, 700 + lot + 10 * static_cast<std::uint64_t>(&ore - spectra::demo_ores().data()));
      belt.run(50, {}, 0, true);
      EXPECT_TRUE(belt.of("slag_suspect").empty()) << ore.name << " " << lot;
    }
  }
}

TEST_F(SpectralDepth, AHealthyLineOverAllBrandsIsQuiet) {
  for (const auto& ore : spectra::demo_ores()) {
    TestBelt belt(inspectors_, ore.name, ore.name, 23);
    belt.run(80);
    for (const char* code : {"lamp_fading", "wavelength_shift", "layer_too_low", "dirty_window", "empty_belt"}) {
      EXPECT_TRUE(belt.of(code).empty()) << ore.name << " " << code;
    }
    EXPECT_GE(belt.judged_t("spectrometer_health"), 0.98 * belt.mark_t());
  }
}

TEST_F(SpectralDepth, AFadingLampIsNamed) {
  TestBelt belt(inspectors_, "Karstad fines", "Karstad fines", 24);
  belt.run(10);
  // 2900 K to 2870 K by Planck's law: too little to be taken for other material, and it lasts.
  belt.instrument = [](const std::vector<double>& nm, spectra::Spectrum& r) {
    constexpr double kC2 = 1.438777e7;
    for (Eigen::Index i = 0; i < r.size(); ++i) {
      const double at = nm[static_cast<std::size_t>(i)];
      r[i] *= std::expm1(kC2 / (at * 2900)) / std::expm1(kC2 / (at * 2870));
    }
  };
  belt.run(40);
  EXPECT_TRUE(raised(belt, "lamp_fading"));
  EXPECT_FALSE(raised(belt, "slag_suspect"));
}

TEST_F(SpectralDepth, ALayerTooLowIsNamed) {
  TestBelt belt(inspectors_, "Tallow Ridge fines", "Tallow Ridge fines", 25);
  belt.run(10);
  belt.instrument = [](const std::vector<double>&, spectra::Spectrum& r) { r = (0.75 * r.array() + 0.25 * 0.045).matrix(); };
  belt.run(25);
  EXPECT_TRUE(raised(belt, "layer_too_low"));
}

TEST_F(SpectralDepth, WhatCreepsOverALimitIsFoundByItsSum) {
  TestBelt belt(inspectors_, "Serra Alta sinter feed", "Serra Alta sinter feed", 26);
  belt.run(20, [](Recipe& r, Rng&) { r.moisture_percent = 8.0; });
  EXPECT_TRUE(belt.of("moisture_high").empty());
  belt.run(60, [](Recipe& r, Rng&) { r.moisture_percent = 9.3; });    // the limit is 8.8
  const auto said = belt.of("moisture_high");
  ASSERT_FALSE(said.empty());
  EXPECT_GE(said.front().where.tonnes.from.value, 900);
  EXPECT_LE(said.front().where.tonnes.to.value, 2500);
}

TEST_F(SpectralDepth, WhatStaysBelowTheLimitIsNotSaid) {
  TestBelt belt(inspectors_, "Serra Alta sinter feed", "Serra Alta sinter feed", 27);
  belt.run(90, [](Recipe& r, Rng&) { r.moisture_percent = 8.65; });   // the limit is 8.8
  EXPECT_TRUE(belt.of("moisture_high").empty());
}

}  // namespace
}  // namespace beltwarden::pack
