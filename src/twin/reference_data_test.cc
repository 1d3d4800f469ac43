#include "twin/reference_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

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

/// Rows of the middle of a picture, without what lamp and tone make of them: only the grain is left, of length 1.
std::vector<std::vector<float>> grain_of(const instruments::RawFrame& frame, std::uint32_t every) {
  std::vector<std::vector<float>> rows;
  const std::uint32_t from = frame.width_px / 4, to = frame.width_px - from;
  for (std::uint32_t y = 0; y < frame.height_px; y += every) {
    std::vector<float> row;
    for (std::uint32_t c = 0; c < 3; ++c) {
      double mean = 0;
      for (std::uint32_t x = from; x < to; ++x) mean += frame.bgr[3 * (std::size_t{y} * frame.width_px + x) + c] / double(to - from);
      for (std::uint32_t x = from; x < to; ++x) {
        row.push_back(static_cast<float>(frame.bgr[3 * (std::size_t{y} * frame.width_px + x) + c] - mean));
      }
    }
    const float length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0f));
    if (length <= 0) continue;
    for (auto& value : row) value /= length;
    rows.push_back(std::move(row));
  }
  return rows;
}

/// How well the likest of `known` fits each of `rows`: the median of the correlations. Near 1: the same ore was looked at.
float likeness(const std::vector<std::vector<float>>& rows, const std::vector<std::vector<float>>& known) {
  std::vector<float> best;
  for (const auto& row : rows) {
    float most = -1;
    for (const auto& other : known) most = std::max(most, std::inner_product(row.begin(), row.end(), other.begin(), 0.0f));
    best.push_back(most);
  }
  std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(best.size() / 2), best.end());
  return best[best.size() / 2];
}

// A pack that is fitted on one seed must not have seen the berth of another, nor of the same.
TEST(Training, NeverMeetsTheBerth) {
  auto config = Config::parse(quick_scenario(77), "test.toml");
  auto source = TrainingSource::create(*config, "", 77);
  auto berth = Berth::create(*config, "");
  ASSERT_TRUE(source.ok() && berth.ok());
  // Of the berth's first lot: what passes first, and what passes later, under another lamp and with other noise.
  std::vector<std::vector<float>> first, later;
  std::vector<std::vector<float>> spectra;
  for (int frames = 0; frames < 120;) {
    auto output = (*berth)->next();
    ASSERT_TRUE(output);
    if (const auto* frame = std::get_if<instruments::RawFrame>(&*output)) {
      ++frames;
      const bool early = frames >= 30 && frames < 80, late = frames >= 110;
      if (!early && !late) continue;
      for (auto& row : grain_of(*frame, early ? 1 : 40)) (early ? first : later).push_back(std::move(row));
    } else if (const auto* s = std::get_if<material::SpectrumReading>(&std::get<material::Reading>(*output).payload)) {
      spectra.push_back(s->reflectance);
    }
  }
  // This is how one knows ore again: it would be known, had the training seen it.
  EXPECT_GT(likeness(later, first), 0.9f);
  std::vector<std::vector<float>> learnt;
  for (const auto& frame : (*source)->clean_frames("Karstad fines", 0, 10)) {
    for (auto& row : grain_of(frame, 40)) learnt.push_back(std::move(row));
  }
  EXPECT_LT(likeness(learnt, first), 0.7f);
  for (const auto& l : (*source)->spectra("Karstad fines", 1, 40, 1)) {
    for (const auto& s : spectra) ASSERT_NE(l.reflectance, s);
  }
}

}  // namespace
}  // namespace beltwarden::twin
