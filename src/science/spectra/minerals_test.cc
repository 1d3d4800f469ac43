#include <gtest/gtest.h>

#include <cmath>

#include "science/spectra/mixing.h"
#include "science/spectra/ores.h"

namespace beltwarden::spectra {
namespace {

double at(const MineralLibrary& library, const Spectrum& s, double nm) {
  for (std::size_t i = 0; i < library.axis_nm.size(); ++i) {
    if (library.axis_nm[i] == nm) return s[static_cast<Eigen::Index>(i)];
  }
  return std::nan("");
}

TEST(Minerals, ShowTheirPublishedBands) {
  const auto library = mineral_library(demo_axis()).value();
  const auto& hematite = library.find("hematite")->reflectance;
  EXPECT_LT(at(library, hematite, 860), at(library, hematite, 760));    // 6A1-4T1
  EXPECT_LT(at(library, hematite, 860), at(library, hematite, 1100));
  EXPECT_LT(at(library, hematite, 500), 0.07);                          // below the charge transfer edge
  const auto& kaolinite = library.find("kaolinite")->reflectance;
  EXPECT_LT(at(library, kaolinite, 2210), at(library, kaolinite, 2180));  // the doublet 2162/2206
  EXPECT_LT(at(library, kaolinite, 2160), at(library, kaolinite, 2180));
  const auto& gibbsite = library.find("gibbsite")->reflectance;
  EXPECT_LT(at(library, gibbsite, 2270), at(library, gibbsite, 2200));
  for (const auto& m : library.minerals) {
    EXPECT_GT(m.reflectance.minCoeff(), 0) << m.name;
    EXPECT_LT(m.reflectance.maxCoeff(), 1) << m.name;
  }
}

TEST(Minerals, KubelkaMunkInvertsItself) {
  EXPECT_DOUBLE_EQ(kubelka_munk(0.5), 0.25);
  EXPECT_NEAR(reflectance_of_ks(0.25), 0.5, 1e-15);
  EXPECT_NEAR(reflectance_of_ks(kubelka_munk(0.05)), 0.05, 1e-15);
}

TEST(Mixing, CompositionFollowsTheFormulas) {
  const auto library = mineral_library(demo_axis()).value();
  const Recipe recipe{{{"hematite", 80}, {"goethite", 10}, {"quartz", 5}, {"kaolinite", 5}}, 7.0, 1};
  const auto m = mix(library, recipe).value();
  EXPECT_NEAR(m.composition.fe, 0.8 * 69.94 + 0.1 * 62.85, 1e-9);        // 62.237
  EXPECT_NEAR(m.composition.sio2, 5 + 0.05 * 46.55, 1e-9);               // 7.3275
  EXPECT_NEAR(m.composition.al2o3, 0.05 * 39.50, 1e-9);
  EXPECT_NEAR(m.composition.loi, 1.014 + 0.05 * 13.96, 1e-9);
  EXPECT_EQ(m.composition.moisture, 7.0);
}

TEST(Mixing, WaterDarkensAndShowsItsBand) {
  const auto library = mineral_library(demo_axis()).value();
  Recipe recipe{{{"hematite", 90}, {"quartz", 10}}, 0, 1};
  const auto dry = mix(library, recipe).value().reflectance;
  recipe.moisture_percent = 8;
  const auto wet = mix(library, recipe).value().reflectance;
  EXPECT_LT(at(library, wet, 760), at(library, dry, 760));
  const auto depth = [&](const Spectrum& s) { return at(library, s, 1930) / at(library, s, 1800); };
  EXPECT_GT(depth(dry), 0.95);
  EXPECT_LT(depth(wet), 0.75);
}

TEST(Mixing, RefusesWhatItCannotMix) {
  const auto library = mineral_library(demo_axis()).value();
  EXPECT_EQ(mix(library, {{{"unobtainium", 1}}, 0, 1}).error().message, "recipe: no mineral 'unobtainium' in the library");
  EXPECT_FALSE(mix(library, {{}, 0, 1}).ok());
  EXPECT_FALSE(mix(library, {{{"hematite", 1}}, 77, 1}).ok());
  EXPECT_FALSE(mix(library, {{{"hematite", -1}}, 0, 1}).ok());
}

TEST(Mixing, BlendReplacesDryMass) {
  const auto r = blend({{{"hematite", 50}, {"quartz", 50}}, 6, 1}, {{{"fayalite", 3}, {"quartz", 1}}, 0, 2}, 20);
  ASSERT_EQ(r.parts.size(), 3u);
  EXPECT_NEAR(r.parts[0].mass_percent, 40, 1e-12);
  EXPECT_NEAR(r.parts[1].mass_percent, 45, 1e-12);
  EXPECT_NEAR(r.parts[2].mass_percent, 15, 1e-12);
  EXPECT_EQ(r.moisture_percent, 6);
}

TEST(Ores, SixBrandsOfShippedGrades) {
  const auto library = mineral_library(demo_axis()).value();
  ASSERT_EQ(demo_ores().size(), 6u);
  for (const auto& ore : demo_ores()) {
    Rng rng(1);
    double fe = 0;
    for (int i = 0; i < 50; ++i) fe += mix(library, draw_slice(draw_lot(ore, rng), rng)).value().composition.fe / 50;
    EXPECT_GT(fe, 54) << ore.name;
    EXPECT_LT(fe, 68) << ore.name;
  }
}

TEST(Ores, SameSeedSameScan) {
  const auto library = mineral_library(demo_axis()).value();
  const auto scan = [&](std::uint64_t seed) {
    Rng rng(seed);
    auto m = mix(library, draw_spot(draw_slice(draw_lot(demo_ores()[0], rng), rng), rng)).value();
    observe(library.axis_nm, draw_optics(rng), rng, m.reflectance);
    return m.reflectance;
  };
  EXPECT_EQ(scan(7), scan(7));
  EXPECT_NE(scan(7), scan(8));
}

TEST(Axis, ResamplesByBinMeanAndByInterpolation) {
  const auto fine = regular_axis(350, 2500, 1);
  const auto r = Resampler::make(fine, demo_axis()).value();
  Eigen::VectorXd in = Eigen::Map<const Eigen::VectorXd>(fine.data(), 2151), out(216);
  r.apply(in, out);
  EXPECT_NEAR(out[10], 449.5, 1e-9);                 // mean of 445 ... 454
  const std::vector<double> a{100, 200, 300}, b{150, 200, 225, 400};
  const auto i = Resampler::make(a, b).value();
  Eigen::VectorXd o(4);
  i.apply(Eigen::Vector3d(1, 2, 4), o);
  EXPECT_DOUBLE_EQ(o[0], 1.5);
  EXPECT_DOUBLE_EQ(o[1], 2);
  EXPECT_DOUBLE_EQ(o[2], 2.5);
  EXPECT_TRUE(std::isnan(o[3]));
  EXPECT_FALSE(Resampler::make(b, std::vector<double>{1, 1, 2}).ok());
}

}  // namespace
}  // namespace beltwarden::spectra
