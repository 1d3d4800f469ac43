#include "pack/fit.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "science/spectra/bundle.h"
#include "science/spectra/identity.h"
#include "science/spectra/one_class.h"
#include "science/spectra/regression.h"

namespace beltwarden::pack {
namespace {

namespace fs = std::filesystem;

TEST(Fit, TheShippedPackInSecondsAndTheSameEachTime) {
  const auto pack = read(fs::path(BELTWARDEN_PACKS) / "iron-ore").value();
  const auto provider = generated_training(spectra::mineral_library(spectra::demo_axis()).value());
  const auto start = std::chrono::steady_clock::now();
  const auto models = fit_spectral_models(pack, provider, 11).value();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::cout << "six brands, 216 points: " << seconds << " s\n";
  EXPECT_LT(seconds, 60);   // 5 s where nothing else runs; other work may share the machine
  ASSERT_EQ(models.size(), 4u);
  const auto bundle = spectra::read_bundle(models.at("brand_regression")).value();
  EXPECT_EQ(bundle.size(), 12u);
  const auto model = spectra::RegressionModel::from_bytes(bundle.at("regression/Karstad fines")).value();
  EXPECT_EQ(model.responses().size(), 6u);               // no sulphur in that brand
  for (const auto& r : model.responses()) std::cout << "  Karstad fines " << r.name << " RMSECV " << r.rmsecv << ", slice " << std::sqrt(r.slice_variance) << "\n";
  EXPECT_TRUE(spectra::Identity::from_bytes(models.at("brand_identity")).ok());

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
