// The spectral inspectors as a pack makes them, on generated ore of lots that the pack has not seen.
#include "pack/inspectors.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "pack/fitted_pack_for_tests.h"
#include "science/spectra/regression_models.h"
#include "science/spectra/slag_screen.h"

namespace beltwarden::pack {
namespace {

using spectra::Recipe;
using testing::kSpectral;
using testing::spectral_inspectors;
using testing::TestBelt;
using wire::Priority;
using wire::Verdict;

class Inspectors : public testing::FittedPack {
 protected:
  static std::function<void(Recipe&, Rng&)> slag(spectra::SlagKind kind, double percent) {
    return [=](Recipe& r, Rng& rng) { r = spectra::blend(r, spectra::draw_slag(kind, rng), percent); };
  }
};

TEST(CameraModels, NetworksBelongToBrandsOfThePack) {
  Pack pack = testing::shipped_pack();
  EXPECT_TRUE(camera_models(pack).value().networks.empty());
  vision::BrandModel model;
  model.detector.network = vision::detector_network(0, 1);
  model.detector.mm_per_px = 2;
  pack.models["belt_network"] = vision::to_bytes(vision::BrandNetworks{{pack.brands.front().name, model}}).value();
  const auto camera = camera_models(pack);
  ASSERT_TRUE(camera.ok()) << camera.error().message;
  EXPECT_TRUE(camera->networks.contains(pack.brands.front().name));
  pack.models["belt_network"] = vision::to_bytes(vision::BrandNetworks{{"nobody's", model}}).value();
  EXPECT_FALSE(camera_models(pack).ok());
  EXPECT_FALSE(check_models(pack).ok());
  pack.models["belt_network"] = "not a network";
  EXPECT_FALSE(camera_models(pack).ok());
}

TEST_F(Inspectors, CleanLotsRaiseNoAlarm) {
  for (const auto& ore : spectra::demo_ores()) {
    TestBelt belt(inspectors_, ore.name, ore.name, 41);
    belt.run(60, {}, 0, true);
    EXPECT_TRUE(belt.alarms().empty()) << ore.name << ": " << belt.alarms().front().code;
    EXPECT_GE(belt.judged_t("brand_regression"), 0.98 * belt.mark_t()) << ore.name;
    EXPECT_EQ(belt.judged_t("slag_comparison"), belt.mark_t());
    EXPECT_EQ(belt.of("lot_mean").size(), 1u);
  }
}

TEST_F(Inspectors, CompositionComesWithItsUncertainty) {
  TestBelt belt(inspectors_, "Karstad fines", "Karstad fines", 5);
  belt.plan().declared_composition = {{"Fe", 62.0}};
  belt.announce();
  belt.run(1);
  const auto slices = belt.of("slice");
  ASSERT_EQ(slices.size(), 2u);
  const auto& f = slices.front();
  EXPECT_EQ(f.model, "brand_regression");
  ASSERT_EQ(f.measured.front().name, "Fe");
  EXPECT_NEAR(f.measured.front().value, 62, 3);
  EXPECT_GT(f.measured.front().std_error, 0.2);
  EXPECT_LT(f.measured.front().std_error, 1.5);
  EXPECT_EQ(f.measured.front().expected, 62.0);
  EXPECT_EQ(f.where.tonnes, (TonneInterval{Tonnes{0}, Tonnes{50}}));
}

TEST_F(Inspectors, SlagPocketIsOneAlarmWithItsSpectrum) {
  TestBelt belt(inspectors_, "Karstad fines", "Karstad fines", 6);
  belt.run(10);
  belt.run(4, slag(spectra::SlagKind::kBlastFurnace, 25));
  belt.run(10);
  const auto alarms = belt.alarms();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].code, "slag_suspect");
  EXPECT_EQ(alarms[0].verdict, Verdict::kSuspect);
  EXPECT_EQ(alarms[0].where.tonnes, (TonneInterval{Tonnes{500}, Tonnes{700}}));
  ASSERT_EQ(alarms[0].evidence.size(), 1u);
  EXPECT_EQ(alarms[0].evidence[0].kind, "spectrum");
  EXPECT_EQ(alarms[0].evidence[0].bytes.substr(0, 25), "{\"wavelengths_nm\":[350,36");
  EXPECT_NE(alarms[0].evidence[0].bytes.find("\"brand\":\"Karstad fines\"}"), std::string::npos);
  EXPECT_EQ(belt.of("slag_suspect").size(), 4u);
  // Composition of ore with slag in it is not known, and says so.
  EXPECT_EQ(belt.of("outside_calibration").size(), 4u);
  EXPECT_EQ(belt.judged_t("brand_regression"), 1000);
  EXPECT_EQ(belt.judged_t("slag_comparison"), 1200);
}

TEST_F(Inspectors, AnotherBrandIsNamedAndNotTakenForSlag) {
  TestBelt belt(inspectors_, "Karstad fines", "Karstad fines", 7);
  belt.run(8);
  belt.deliver("Morrow Creek fines");
  belt.run(6);
  belt.deliver("Karstad fines");
  belt.run(6);
  const auto alarms = belt.alarms();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].code, "wrong_brand");
  EXPECT_EQ(alarms[0].label, "Morrow Creek fines");
  EXPECT_TRUE(belt.of("slag_suspect").empty());
}

TEST_F(Inspectors, WetStretchIsMoistureNotSlag) {
  TestBelt belt(inspectors_, "Serra Alta sinter feed", "Serra Alta sinter feed", 8);
  belt.run(10);
  belt.run(5, [](Recipe& r, Rng&) { r.moisture_percent += 5; });
  belt.run(10);
  const auto alarms = belt.alarms();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].code, "moisture_high");
  EXPECT_EQ(alarms[0].measured[0].high, 8.8);
  EXPECT_GE(alarms[0].where.tonnes.from.value, 450);
  EXPECT_LE(alarms[0].where.tonnes.to.value, 750);
}

TEST_F(Inspectors, DirtyWindowIsSaidAndNotJudged) {
  for (const double haze : {0.2, 0.5, 0.9}) {
    SetUp();
    TestBelt belt(inspectors_, "Tallow Ridge fines", "Tallow Ridge fines", 9);
    belt.run(6);
    belt.run(4, {}, haze);
    belt.run(6);
    const auto alarms = belt.alarms();
    ASSERT_EQ(alarms.size(), 1u) << haze;
    EXPECT_EQ(alarms[0].code, "dirty_window");
    EXPECT_EQ(alarms[0].where.tonnes, (TonneInterval{Tonnes{300}, Tonnes{500}}));
    for (const auto model : kSpectral) {
      EXPECT_EQ(belt.judged_t(std::string(model)), 600) << model;
    }
  }
}

TEST_F(Inspectors, AFailingLampIsNotJudged) {
  TestBelt belt(inspectors_, "Karstad fines", "Karstad fines", 10);
  belt.run(3, {}, 0, false, 0.1);
  EXPECT_EQ(belt.judged_t("brand_regression"), 0);
  EXPECT_EQ(belt.of("dirty_window").size(), 3u);
}

TEST_F(Inspectors, ADeclarationThatFlattersIsFound) {
  TestBelt belt(inspectors_, "Vale Corvo lump", "Vale Corvo lump", 11);
  belt.plan().declared_composition = {{"Fe", 62.0}, {"moisture", 5.2}};
  belt.announce();
  belt.run(30, {}, 0, true);
  const auto alarms = belt.alarms();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].code, "declared_composition_differs");
  EXPECT_EQ(alarms[0].label, "Fe");
  EXPECT_EQ(alarms[0].measured[0].expected, 62.0);
  EXPECT_EQ(alarms[0].where.tonnes.to.value, 1000);
  EXPECT_EQ(belt.of("declaration_compared").size(), 1u);
}

TEST_F(Inspectors, ALotOfAnotherBrandThanDeclaredIsFound) {
  TestBelt belt(inspectors_, "Karstad fines", "Morrow Creek fines", 14);
  belt.run(30, {}, 0, true);
  const auto differs = belt.of("declared_brand_differs");
  ASSERT_EQ(differs.size(), 1u);
  EXPECT_EQ(differs[0].label, "Morrow Creek fines");
  EXPECT_EQ(differs[0].verdict, Verdict::kSuspect);
  EXPECT_GE(differs[0].measured[0].value, 800);
  EXPECT_EQ(differs[0].where.tonnes.to.value, 1000);
}

TEST_F(Inspectors, ABrandThePackDoesNotHaveIsNotJudged) {
  TestBelt belt(inspectors_, "Atlantis fines", "Karstad fines", 12);
  belt.run(5);
  EXPECT_EQ(belt.judged_t("brand_regression"), 0);
  EXPECT_EQ(belt.judged_t("slag_comparison"), 0);
  EXPECT_TRUE(belt.alarms().empty());
  EXPECT_FALSE(belt.of("unknown_brand").empty());
}

TEST_F(Inspectors, SameReadingsSameFindings) {
  const auto said = [&] {
    SetUp();
    TestBelt belt(inspectors_, "Karstad fines", "Karstad fines", 13);
    belt.run(6);
    belt.run(3, slag(spectra::SlagKind::kFayalitic, 15));
    belt.run(3, {}, 0, true);
    std::string all;
    for (const auto& f : belt.findings()) {
      all += f.model + f.code + f.label + std::to_string(f.where.tonnes.from.value);
      for (const auto& m : f.measured) all += m.name + std::to_string(m.value) + std::to_string(m.std_error);
      for (const auto& e : f.evidence) all += e.bytes;
    }
    return all;
  };
  EXPECT_EQ(said(), said());
}

// A regression of Fe as `spectra fit` writes it, on a coarser axis than the pack's other models, for all brands alike.
std::string desk_model() {
  const auto provider = generated_training(spectra::mineral_library(spectra::demo_axis()).value());
  auto fe = provider(*testing::shipped_pack().brand("Karstad fines"), Purpose::kComposition, 3).value();
  const auto axis = spectra::regular_axis(400, 2400, 20);
  const auto resampler = spectra::Resampler::make(fe.axis_nm, axis).value();
  spectra::Spectra coarser(fe.rows(), static_cast<Eigen::Index>(axis.size()));
  Eigen::VectorXd row(coarser.cols());
  for (Eigen::Index i = 0; i < fe.rows(); ++i) {
    resampler.apply(fe.spectra.row(i).transpose(), row);
    coarser.row(i) = row.transpose();
  }
  fe.axis_nm = axis;
  fe.spectra = std::move(coarser);
  fe.responses = {"Fe"};
  fe.values = Eigen::MatrixXd(fe.values.col(0));
  spectra::RegressorOptions options;
  options.treatments = {spectra::parse_steps("snv,sg(7,2,1)").value()};
  options.components = 8;
  spectra::RegressionModels models;
  models.responses = {"y:Fe"};
  models.models.resize(1);
  models.models[0].emplace("", spectra::Regressor::fit(fe, options).value());
  auto bundle = models.to_bundle();
  bundle["kind"] = "regression";
  return spectra::write_bundle(bundle);
}

TEST_F(Inspectors, AModelOfTheDeskIsAModelOfThePack) {
  Pack pack = testing::fitted_pack();
  pack.models["brand_regression"] = desk_model();
  ASSERT_TRUE(check_models(pack).ok()) << check_models(pack).error().message;
  auto inspectors = spectral_inspectors(pack);
  TestBelt belt(inspectors, "Karstad fines", "Karstad fines", 5);
  std::vector<double> fe;
  belt.run(8, [&](Recipe& r, Rng&) { fe.push_back(spectra::mix(belt.library(), r).value().composition.fe); });
  std::size_t slice = 0;
  for (const auto& f : belt.of("slice")) {
    if (f.model != "brand_regression") continue;
    ASSERT_EQ(f.measured.size(), 1u);
    EXPECT_EQ(f.measured[0].name, "Fe");
    EXPECT_NEAR(f.measured[0].value, fe[slice++], 3 * f.measured[0].std_error);
  }
  EXPECT_EQ(slice, 8u);
}

TEST_F(Inspectors, AScreenThatKnowsNoMeansIsWarnedOf) {
  Pack pack = testing::fitted_pack();
  EXPECT_TRUE(model_warnings(pack).value().empty());
  // As `spectra fit` makes it of single scans, and as it was written before means were learnt.
  const auto provider = generated_training(spectra::mineral_library(spectra::demo_axis()).value());
  auto clean = provider(*testing::shipped_pack().brand("Karstad fines"), Purpose::kComposition, 3).value();
  clean.responses.clear();
  clean.values.resize(clean.rows(), 0);
  clean.lots.clear();
  for (std::size_t i = 0; i < clean.groups.size(); ++i) clean.groups[i] = static_cast<std::uint32_t>(i);
  spectra::ScreenOptions options;
  options.slags = 20;
  options.means = false;
  const auto screen = spectra::SlagScreen::fit(clean, {}, spectra::ReferenceLibrary::generated_slag(clean.axis_nm).value(), options).value();
  pack.models["slag_screen"] = spectra::write_bundle({{"kind", "screen"}, {"class", "class"}, {"screen/Karstad fines", screen.to_bytes()}});
  const auto warnings = model_warnings(pack).value();
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_TRUE(warnings[0].starts_with("slag_screen of Karstad fines: its limits hold for single scans only")) << warnings[0];
  EXPECT_NE(warnings[1].find("no statistics of means"), std::string::npos) << warnings[1];
}

TEST(MakeInspectors, UnfittedOnesSayThatTheyAre) {
  const auto pack = testing::shipped_pack();
  auto inspectors = spectral_inspectors(pack);
  ASSERT_EQ(inspectors.size(), 5u);
  for (const auto& i : inspectors) EXPECT_FALSE(i->info().fitted) << i->info().name;
  TestBelt belt(inspectors, "Karstad fines", "Karstad fines", 1);
  belt.run(3);
  EXPECT_TRUE(belt.findings().empty());
  EXPECT_EQ(belt.judged_t("brand_regression"), 0);
}

TEST(MakeInspectors, AModelThatDoesNotFitIsAnError) {
  auto pack = testing::shipped_pack();
  pack.models["brand_regression"] = "not a model";
  EXPECT_NE(check_models(pack).error().message.find("brand_regression"), std::string::npos);
  EXPECT_NE(check_models(pack).error().message.find("expected a model of kind regression as 'pack fit' and 'spectra fit' write it"), std::string::npos);
  pack.models = {{"slag_comparison", "of an older version"}};
  EXPECT_NE(check_models(pack).error().message.find("fit the pack again"), std::string::npos);
  pack.models.clear();
  pack.required_models.push_back("clairvoyance");
  EXPECT_EQ(check_models(pack).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace beltwarden::pack
