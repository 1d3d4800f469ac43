#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "inspect/frame_view.h"
#include "inspect/impurity_classification.h"
#include "inspect/inclusion_recognition.h"
#include "inspect/visual_anomaly.h"
#include "science/vision/appearance.h"
#include "science/vision/impurity_classifier.h"
#include "wire/codec.h"

namespace beltwarden::inspect {
namespace {

const LotId kLot{"LOT-1"};

material::FrameReading frame(Rng& rng, std::uint64_t number, double l = 35) {
  material::FrameReading f;
  f.frame_number = number;
  f.width_px = 256;
  f.height_px = 128;
  f.mm_per_px = 8;
  f.load_fraction = 0.9;
  f.mean_lab = {l + 0.7 * rng.normal(), 18 + 0.3 * rng.normal(), 15 + 0.3 * rng.normal()};
  f.sd_lab = {8 + 0.3 * rng.normal(), 3 + 0.1 * rng.normal(), 4 + 0.1 * rng.normal()};
  f.texture = 5 + 0.2 * rng.normal();
  material::FrameCandidate grain;
  grain.box = {20, 20, 6, 5};
  grain.area_mm2 = 2000;
  grain.contrast = 4.5 + 0.3 * std::abs(rng.normal());
  f.candidates.push_back(grain);
  return f;
}

void lay_plate(material::FrameReading& f) {
  material::FrameCandidate plate;
  plate.box = {100, 40, 75, 50};
  plate.area_mm2 = 240000;
  plate.length_mm = 600;
  plate.width_mm = 400;
  plate.contrast = 12;
  plate.features[0] = 40;
  f.candidates.insert(f.candidates.begin(), plate);
}

std::string appearance_model() {
  std::vector<vision::CleanLot> lots;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Rng rng(seed);
    const double l = 35 + rng.normal();
    vision::CleanLot lot;
    lot.mm_per_px = 8;
    for (int i = 0; i < 80; ++i) lot.frames.push_back(to_analysis(frame(rng, 1, l)));
    lots.push_back(std::move(lot));
  }
  return vision::to_text(std::vector{*vision::fit_appearance("A", lots)});
}

std::string classifier_model() {
  std::vector<vision::LabelledCandidate> examples;
  Rng rng(3);
  for (int i = 0; i < 30; ++i) {
    vision::LabelledCandidate metal{{}, "metal"}, wood{{}, "wood"};
    for (std::size_t k = 0; k < 16; ++k) {
      metal.features[k] = static_cast<float>((k == 0 ? 40 : 0) + rng.normal());
      wood.features[k] = static_cast<float>((k == 0 ? 10 : 0) + rng.normal());
    }
    examples.push_back(metal);
    examples.push_back(wood);
  }
  return vision::to_text(*vision::fit_classifier(examples));
}

InspectorSources sources(const std::string& appearance, const std::string& classifier) {
  InspectorSources s;
  s.version = "demo@1#abc";
  s.model = [appearance, classifier](std::string_view name) -> std::string_view {
    if (name == "visual_anomaly" || name == "inclusion_recognition") return appearance;
    if (name == "impurity_classification") return classifier;
    return {};
  };
  return s;
}

material::Observation plan(const std::string& brand) {
  material::LotPlan p;
  p.lot = kLot;
  p.brand = brand;
  material::Observation o;
  o.payload = p;
  return o;
}

material::Observation stamped(material::FrameReading f, double from, double to) {
  material::Observation o;
  o.instrument = InstrumentId{"cam-1"};
  o.time = {static_cast<std::int64_t>(from * 1e9)};
  o.intervals.push_back({kLot, {Tonnes{from}, Tonnes{to}}});
  o.payload = std::move(f);
  return o;
}

material::Observation closed(double from, double to) {
  material::SliceClosed s;
  s.interval = {kLot, {Tonnes{from}, Tonnes{to}}};
  material::Observation o;
  o.payload = s;
  return o;
}

// Slices of 50 t with ten pictures each; `change` may alter a picture by its running number.
template <class Change>
std::vector<wire::Finding> run(Inspector& inspector, int slices, Change change, const std::string& brand = "A") {
  std::vector<wire::Finding> said;
  const FindingSink say = [&](wire::Finding f) { said.push_back(std::move(f)); };
  inspector.observe(plan(brand), say);
  Rng rng(99);
  std::uint64_t number = 0;
  for (int s = 0; s < slices; ++s) {
    for (int i = 0; i < 10; ++i) {
      const double from = 50.0 * s + 5.0 * i;
      auto f = frame(rng, ++number);
      change(number, f);
      inspector.observe(stamped(f, from, from + 0.5), say);
    }
    const auto slice = closed(50.0 * s, 50.0 * (s + 1));
    inspector.observe(slice, say);
    const auto& interval = std::get<material::SliceClosed>(slice.payload);
    inspector.close_slice(interval, {interval.interval.tonnes}, say);
  }
  return said;
}

TEST(VisualAnomaly, CleanSlicesGetAScoreAndNoAlarm) {
  const auto model = appearance_model();
  auto inspector = make_visual_anomaly(sources(model, ""));
  ASSERT_TRUE(inspector);
  EXPECT_TRUE((*inspector)->info().fitted);
  const auto said = run(**inspector, 20, [](std::uint64_t, auto&) {});
  ASSERT_EQ(said.size(), 20U);
  for (const auto& f : said) {
    EXPECT_EQ(f.code, "slice");
    EXPECT_EQ(f.verdict, wire::Verdict::kOk);
    EXPECT_EQ(f.measured.at(0).name, "anomaly_score");
  }
}

TEST(VisualAnomaly, AStretchOfOtherOreIsOneAlarm) {
  const auto model = appearance_model();
  auto inspector = make_visual_anomaly(sources(model, ""));
  const auto said = run(**inspector, 20, [](std::uint64_t n, auto& f) {
    if (n > 100 && n <= 140) f.mean_lab[0] += 20;
  });
  int alarms = 0, suspects = 0;
  for (const auto& f : said) {
    alarms += f.priority != wire::Priority::kNone;
    suspects += f.verdict == wire::Verdict::kSuspect;
    if (f.verdict == wire::Verdict::kSuspect) {
      EXPECT_GE(f.where.tonnes.from.value, 500);
      EXPECT_LE(f.where.tonnes.to.value, 700);
      EXPECT_EQ(f.evidence.at(0).kind, "frame");
    }
  }
  EXPECT_EQ(alarms, 1);
  EXPECT_EQ(suspects, 4);
}

double expected_l(const wire::Finding& slice) {
  for (const auto& m : slice.measured) {
    if (m.name == "L*") return *m.expected;
  }
  ADD_FAILURE() << "no L*";
  return 0;
}

// A lot that is lighter by 1 from its first tonne on: half of what is missing is followed in ln 2 / 0.02 = 35 slices.
TEST(VisualAnomaly, ALotsOwnLookIsFollowedSlowlyAndNoFurtherThanLotsDiffer) {
  const auto model = appearance_model();
  const auto brand = vision::appearances_from_text(model, "test")->front();
  auto inspector = make_visual_anomaly(sources(model, ""));
  const auto said = run(**inspector, 140, [&](std::uint64_t, auto& f) { f.mean_lab[0] += brand.mean[0] - 35 + 1; });
  ASSERT_EQ(said.size(), 140U);
  EXPECT_NEAR(expected_l(said[0]), brand.mean[0], 0.006);
  EXPECT_NEAR(expected_l(said[35]), brand.mean[0] + 0.5, 0.1);
  EXPECT_NEAR(expected_l(said[139]), brand.mean[0] + 0.94, 0.12);
  // Much lighter, but by less than what is suspicious: it is followed to one deviation between lots and stays there.
  auto other = make_visual_anomaly(sources(model, ""));
  const double sd = std::sqrt(brand.lot_variance[0]);
  const auto far = run(**other, 300, [&](std::uint64_t, auto& f) { f.mean_lab[0] += brand.mean[0] - 35 + 2 * sd; });
  EXPECT_LE(expected_l(far.back()), brand.mean[0] + sd + 0.006);
  EXPECT_GT(expected_l(far.back()), brand.mean[0] + 0.9 * sd);
}

TEST(VisualAnomaly, AnAlarmMovesNothing) {
  const auto model = appearance_model();
  auto inspector = make_visual_anomaly(sources(model, ""));
  const auto said = run(**inspector, 60, [](std::uint64_t n, auto& f) {
    if (n > 100 && n <= 500) f.mean_lab[0] += 20;   // slices 10 to 49
  });
  ASSERT_EQ(said.size(), 60U);
  for (std::size_t s = 10; s < 50; ++s) {
    ASSERT_EQ(said[s].verdict, wire::Verdict::kSuspect) << s;
    EXPECT_EQ(expected_l(said[s]), expected_l(said[10])) << s;
  }
  EXPECT_EQ(expected_l(said[50]), expected_l(said[10]));
}

void seen_by_network(material::FrameReading& f, double chance) {
  f.network = true;
  material::FrameCandidate odd;
  odd.box = {60, 60, 20, 20};
  odd.area_mm2 = 10000;
  odd.contrast = 4;
  odd.false_per_frame = chance;
  f.candidates.push_back(odd);
}

// Of other ore with this one's colours the network sees half of the pictures as one in a million of clean ones.
TEST(VisualAnomaly, WhatTheNetworkSeesInMostPicturesIsSuspicious) {
  const auto model = appearance_model();
  auto inspector = make_visual_anomaly(sources(model, ""));
  const auto said = run(**inspector, 12, [](std::uint64_t n, auto& f) {
    f.network = true;
    if (n > 40 && n <= 80) seen_by_network(f, n % 10 < 6 ? 1e-6 : 1e-2);
  });
  ASSERT_EQ(said.size(), 12U);
  int suspects = 0;
  for (const auto& f : said) suspects += f.verdict == wire::Verdict::kSuspect;
  EXPECT_EQ(suspects, 3);   // slices 4 to 7; from the second on
  EXPECT_EQ(said[6].measured.at(2).name, "network_score");
  EXPECT_EQ(said[6].measured.at(2).value, 6);
  EXPECT_EQ(said[6].measured.at(1).name, "one_in_clean_stretches");
  EXPECT_EQ(said[6].measured.at(1).value, 1e6);
  // One thing in a slice is inclusion recognition's business.
  auto single = make_visual_anomaly(sources(model, ""));
  for (const auto& f : run(**single, 12, [](std::uint64_t n, auto& f) {
         f.network = true;
         if (n % 10 == 3) seen_by_network(f, 1e-9);
       })) {
    EXPECT_EQ(f.verdict, wire::Verdict::kOk);
  }
}

TEST(VisualAnomaly, AnAlarmShowsWhereThePictureIsOddAndItsBox) {
  const auto model = appearance_model();
  auto inspector = make_visual_anomaly(sources(model, ""));
  const auto said = run(**inspector, 10, [](std::uint64_t n, auto& f) {
    if (n <= 20 || n > 60) return;
    f.mean_lab[0] += 20;
    lay_plate(f);
    f.heat = {4, 2, false, "00912000"};
  });
  const auto alarm = std::find_if(said.begin(), said.end(), [](const auto& f) { return f.verdict == wire::Verdict::kSuspect; });
  ASSERT_NE(alarm, said.end());
  ASSERT_EQ(alarm->evidence.size(), 2U);
  EXPECT_EQ(alarm->evidence[0].box, (material::Box{100, 40, 75, 50}));
  EXPECT_EQ(alarm->evidence[1].kind, "heat_map");
  EXPECT_EQ(alarm->evidence[1].box, alarm->evidence[0].box);
  EXPECT_EQ(alarm->evidence[1].bytes, R"({"heat_columns":4,"heat_rows":2,"levels":"00912000","by":"colour","width_px":256,"height_px":128})");
  EXPECT_EQ(alarm->evidence[1].digest, sha256(alarm->evidence[1].bytes));
}

TEST(VisualAnomaly, ABrandWithoutAFitIsNotJudged) {
  const auto model = appearance_model();
  auto inspector = make_visual_anomaly(sources(model, ""));
  const auto said = run(**inspector, 3, [](std::uint64_t, auto&) {}, "Z");
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].verdict, wire::Verdict::kDontKnow);
  material::SliceClosed slice;
  slice.interval = {kLot, {Tonnes{0}, Tonnes{50}}};
  EXPECT_TRUE((*inspector)->close_slice(slice, {slice.interval.tonnes}, [](wire::Finding) {}).empty());
}

TEST(InclusionRecognition, OnePlateInOnePictureIsOneFindingWithItsBox) {
  const auto model = appearance_model();
  auto inspector = make_inclusion_recognition(sources(model, ""));
  const auto said = run(**inspector, 10, [](std::uint64_t n, auto& f) {
    if (n == 37) lay_plate(f);
  });
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].code, "inclusion");
  EXPECT_EQ(said[0].priority, wire::Priority::kHigh);
  EXPECT_EQ(said[0].where.tonnes.from, Tonnes{180});
  EXPECT_EQ(said[0].evidence.at(0).frame_number, 37U);
  EXPECT_EQ(said[0].evidence.at(0).box, (material::Box{100, 40, 75, 50}));
}

TEST(ImpurityClassification, NamesThePlateAndAsksForNoSecondAlarm) {
  const auto appearance = appearance_model(), classes = classifier_model();
  auto inspector = make_impurity_classification(sources(appearance, classes));
  ASSERT_TRUE(inspector) << inspector.error().message;
  const auto said = run(**inspector, 5, [](std::uint64_t n, auto& f) {
    if (n == 12) lay_plate(f);
  });
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].label, "metal");
  EXPECT_EQ(said[0].priority, wire::Priority::kNone);
}

TEST(ImpurityClassification, TheNetworksClassComesBeforeThatOfColourAndShape) {
  const auto appearance = appearance_model(), classes = classifier_model();
  auto inspector = make_impurity_classification(sources(appearance, classes));
  const auto said = run(**inspector, 5, [](std::uint64_t n, auto& f) {
    if (n != 12) return;
    lay_plate(f);                       // metal by its colour
    f.candidates[0].label = "plastic";
    f.candidates[0].confidence = 0.87;
  });
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].label, "plastic");
  EXPECT_EQ(said[0].confidence, 0.87);
}

// Belt polls of a steady load: `kg_per_m` over [from, to) in steps of a tonne.
void weigh(Inspector& inspector, double from, double to, double kg_per_m) {
  for (double t = from; t < to; ++t) {
    material::BeltReading belt;
    belt.speed_mps = 2;
    belt.rate_tph = kg_per_m * 2 * 3.6;
    material::Observation o;
    o.intervals.push_back({kLot, {Tonnes{t}, Tonnes{t + 1}}});
    o.payload = belt;
    inspector.observe(o, [](wire::Finding) {});
  }
}

TEST(VisionInspectors, PicturesTooEmptyToJudgeAreNotCovered) {
  const auto appearance = appearance_model(), classes = classifier_model();
  for (const auto make : {make_inclusion_recognition, make_impurity_classification}) {
    auto inspector = make(sources(appearance, classes));
    ASSERT_TRUE(inspector);
    const FindingSink say = [](wire::Finding) {};
    (*inspector)->observe(plan("A"), say);
    weigh(**inspector, 0, 50, 1000);
    Rng rng(5);
    // 128 rows of 8 mm are 1.024 m: 1.024 t at this load. The fourth picture shows 0.3 t of it on its way.
    for (int i = 0; i < 10; ++i) {
      const double from = 5 * i;
      (*inspector)->observe(stamped(frame(rng, 1 + static_cast<std::uint64_t>(i)), from, from + (i == 3 ? 0.3 : 1)), say);
    }
    const auto slice = closed(0, 50);
    (*inspector)->observe(slice, say);
    const auto judged = (*inspector)->close_slice(std::get<material::SliceClosed>(slice.payload), {{0_t, 50_t}}, say);
    // From the end of the third picture, 11 t, to the end of the fourth.
    EXPECT_EQ(judged, (std::vector<TonneInterval>{{0_t, 11_t}, {15.3_t, 50_t}}));
  }
}

TEST(VisionInspectors, ALotOfABrandWithoutAFitIsNotCovered) {
  const auto appearance = appearance_model(), classes = classifier_model();
  for (const auto make : {make_inclusion_recognition, make_impurity_classification}) {
    auto inspector = make(sources(appearance, classes));
    ASSERT_TRUE(inspector);
    const FindingSink say = [](wire::Finding) {};
    (*inspector)->observe(plan("Z"), say);
    const auto slice = closed(0, 50);
    (*inspector)->observe(slice, say);
    EXPECT_TRUE((*inspector)->close_slice(std::get<material::SliceClosed>(slice.payload), {{0_t, 50_t}}, say).empty());
  }
}

TEST(VisionInspectors, WithoutAModelTheySaySo) {
  for (const auto make : {make_visual_anomaly, make_inclusion_recognition, make_impurity_classification}) {
    auto inspector = make(sources("", ""));
    ASSERT_TRUE(inspector);
    EXPECT_FALSE((*inspector)->info().fitted);
    EXPECT_TRUE(run(**inspector, 3, [](std::uint64_t, auto& f) { lay_plate(f); }).empty());
    EXPECT_FALSE(make(sources("rubbish", "rubbish")));
  }
}

TEST(VisionInspectors, TheSameObservationsGiveTheSameBytes) {
  const auto model = appearance_model(), classes = classifier_model();
  for (const auto make : {make_visual_anomaly, make_inclusion_recognition, make_impurity_classification}) {
    const auto change = [](std::uint64_t n, auto& f) {
      if (n % 17 == 0) lay_plate(f);
      if (n > 100) f.mean_lab[1] -= 9;
    };
    const auto first = run(**make(sources(model, classes)), 20, change);
    const auto second = run(**make(sources(model, classes)), 20, change);
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(wire::encode(first[i]), wire::encode(second[i]));
  }
}

}  // namespace
}  // namespace beltwarden::inspect
