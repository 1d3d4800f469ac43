#include "twin/reference_data.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "formats/reference_data_test.h"
#include "science/spectra/axis.h"
#include "twin/test_scenario.h"
#include "twin/training.h"

namespace beltwarden::twin {
namespace {

TEST(ReferenceData, WithoutAFolderEverythingIsSyntheticAndSaysSo) {
  const auto data = ReferenceData::open("");
  ASSERT_TRUE(data.ok());
  for (const auto& p : data->provenance()) EXPECT_EQ(p.kind, "synthetic") << p.what;
}

TEST(ReferenceData, MeasuredInputTakesThePlaceOfGenerated) {
  const auto folder = formats::reference_data();
  if (folder.empty()) GTEST_SKIP() << "skipped: no reference data";
  const auto data = ReferenceData::open(folder);
  ASSERT_TRUE(data.ok()) << data.error().message;
  for (const auto& p : data->provenance()) EXPECT_EQ(p.kind, "semi-synthetic") << p.what;
  const auto axis = spectra::demo_axis();
  const auto measured = data->mineral_library(axis), generated = spectra::mineral_library(axis);
  EXPECT_FALSE(measured->find("hematite")->reflectance.isApprox(generated->find("hematite")->reflectance, 0.01));
  EXPECT_TRUE(
      measured->find("wustite")->reflectance.isApprox(generated->find("wustite")->reflectance));  // not in the table
  double total = 0;
  for (const double share : data->gamma_background().share) total += share;
  EXPECT_NEAR(total, 1, 1e-9);
}

TEST(ReferenceData, FittingSeesOtherPicturesThanTheBerthShows) {
  const auto folder = formats::reference_data();
  if (folder.empty()) GTEST_SKIP() << "skipped: no reference data";
  const auto shown = ReferenceData::open(folder);
  ASSERT_TRUE(shown.ok());
  const auto learnt = shown->for_training();
  for (const auto& a : shown->ore_pictures()) {
    for (const auto& b : learnt.ore_pictures()) EXPECT_NE(a.bgr, b.bgr);
  }
  for (const auto* a : shown->cutouts("metal")) {
    for (const auto* b : learnt.cutouts("metal")) EXPECT_NE(a->bgra, b->bgra);
  }
  EXPECT_NE(shown->gamma_background().share, learnt.gamma_background().share);
}

TEST(Training, MakesWhatIsAskedFor) {
  auto config = Config::parse(quick_scenario(1), "test.toml");
  auto source = TrainingSource::create(*config, "", 77);
  ASSERT_TRUE(source.ok()) << source.error().message;
  const auto spectra = (*source)->spectra("Karstad fines", 2, 3, 4);
  ASSERT_EQ(spectra.size(), 24u);
  EXPECT_EQ(spectra[0].composition, spectra[3].composition);  // scans of one slice
  EXPECT_NE(spectra[0].composition, spectra[4].composition);
  EXPECT_NEAR(spectra[0].composition[0], 62, 3);  // Fe of Karstad fines
  EXPECT_EQ(spectra[0].reflectance.size(), 216u);
  const auto frames = (*source)->clean_frames("Karstad fines", 0, 5);
  ASSERT_EQ(frames.size(), 5u);
  EXPECT_EQ(frames[4].bgr.size(), 96u * 400 * 3);
  const auto object = (*source)->object_frame("Karstad fines", 1);
  EXPECT_EQ(object.label, "wood");
  EXPECT_GT(std::max(object.box.w, object.box.h), 15);  // at least 0.7 m, 20 mm a pixel, turned
  const auto gamma = (*source)->gamma_series(200, 0);
  ASSERT_EQ(gamma.size(), 200u);
  EXPECT_TRUE(std::ranges::any_of(gamma, [](const auto& g) { return g.load_kg_per_m > 100; }));
}

// A pack that is fitted on one seed must not have seen the berth of another, nor of the same.
TEST(Training, NeverMeetsTheBerth) {
  auto config = Config::parse(quick_scenario(77), "test.toml");
  auto source = TrainingSource::create(*config, "", 77);
  auto berth = Berth::create(*config, "");
  ASSERT_TRUE(source.ok() && berth.ok());
  const auto learnt = (*source)->clean_frames("Karstad fines", 0, 40);
  const auto spectra = (*source)->spectra("Karstad fines", 1, 40, 1);
  int frames = 0;
  while (auto output = (*berth)->next()) {
    if (const auto* frame = std::get_if<instruments::RawFrame>(&*output)) {
      for (const auto& l : learnt) ASSERT_NE(l.bgr, frame->bgr);
      if (++frames == 200) break;
    } else if (const auto* s = std::get_if<material::SpectrumReading>(&std::get<material::Reading>(*output).payload)) {
      for (const auto& l : spectra) ASSERT_NE(l.reflectance, s->reflectance);
    }
  }
}

}  // namespace
}  // namespace beltwarden::twin
