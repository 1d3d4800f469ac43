#include "pack/fit.h"

#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>

#include "science/spectra/bundle.h"
#include "science/spectra/regression_models.h"

namespace beltwarden::pack {
namespace {

namespace fs = std::filesystem;

TEST(Fit, TheShippedPackInSecondsAndTheSameEachTime) {
  const auto pack = read(fs::path(BELTWARDEN_PACKS) / "iron-ore").value();
  const auto provider = generated_training(spectra::mineral_library(spectra::demo_axis()).value());
  const auto start = std::clock();   // of the processor: other work may share the machine
  const auto models = fit_spectral_models(pack, provider, 11).value();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::cout << "six brands, 216 points: " << seconds << " s of one core\n";
  EXPECT_LT(seconds, 40);   // 15 to 20 s of a crowded core
  ASSERT_EQ(models.size(), 5u);
  const auto regression = spectra::RegressionModels::from_bundle(spectra::read_bundle_of("regression", models.at("brand_regression")).value()).value();
  for (std::size_t k = 0; k < regression.responses.size(); ++k) {
    const auto* model = regression.find(k, "Karstad fines");
    EXPECT_EQ(model == nullptr, regression.responses[k] == "y:S");               // no sulphur in that brand
    if (model == nullptr) continue;
    std::cout << "  Karstad fines " << regression.responses[k] << " RMSECV " << model->rmsecv() << ", common to a lot " << model->common_to_lot() << ": " << model->why() << "\n";
  }

  // Two brands only, twice: the same bytes.
  auto two = pack;
  two.brands.resize(2);
  EXPECT_EQ(fit_spectral_models(two, provider, 5).value(), fit_spectral_models(two, provider, 5).value());
}

TEST(Fit, NeedsTwoBrandsItCanLearn) {
  auto pack = read(fs::path(BELTWARDEN_PACKS) / "iron-ore").value();
  const auto provider = generated_training(spectra::mineral_library(spectra::demo_axis()).value());
  pack.brands.resize(1);
  EXPECT_EQ(fit_spectral_models(pack, provider, 1).error().message, "pack iron-ore: expected at least two brands with a training source");
  pack.brands.push_back({"Atlantis fines", "", "", "generated", {}});
  EXPECT_NE(fit_spectral_models(pack, provider, 1).error().message.find("'Atlantis fines'"), std::string::npos);
}

TEST(Fit, WritesAFolderThatReadsBack) {
  const auto out = fs::temp_directory_path() / ("beltwarden_fit_" + std::to_string(::getpid()));
  fs::remove_all(out);
  ASSERT_TRUE(write_pack(fs::path(BELTWARDEN_PACKS) / "iron-ore", {{"one", "1"}}, out).ok());
  ASSERT_TRUE(write_pack(out, {{"two", "2"}}, out).ok());
  const auto pack = read(out).value();
  EXPECT_EQ(pack.models.at("one"), "1");
  EXPECT_EQ(pack.models.at("two"), "2");
  fs::remove_all(out);
}

}  // namespace
}  // namespace beltwarden::pack
