#include "inspect/camera_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "inspect/inclusion_recognition.h"
#include "inspect/visual_anomaly.h"
#include "science/vision/appearance.h"
#include "science/vision/frame_health.h"
#include "science/vision/test_pictures.h"

namespace beltwarden::inspect {
namespace {

using vision::testing::Picture;

const LotId kLot{"LOT-1"};
constexpr int kWidth = 256, kHeight = 192, kStepPx = 20, kFrames = 120;

// A moving belt of procedural ore, made once: frame `i` shows it 20 px further.
Picture belt_frame(int i) {
  static const Picture belt = vision::testing::ore(kWidth, kHeight + kStepPx * kFrames, 12, 11);
  const std::ptrdiff_t row = 3 * kWidth, top = kStepPx * (kFrames - i);
  Picture out{kWidth, kHeight, {}};
  out.bgr.assign(belt.bgr.begin() + top * row, belt.bgr.begin() + (top + kHeight) * row);
  return out;
}

std::string appearance_of_clean_frames() {
  std::vector<vision::FrameQuality> clean;
  for (int i = 0; i < 9; ++i) clean.push_back(vision::measure_quality(belt_frame(10 * i).view()));
  vision::BrandAppearance brand;
  brand.brand = "A";
  brand.lots = brand.frames = 1;
  brand.mm_per_px = 4;
  brand.lot_variance.fill(1e6);   // any colour is its own: these tests are about the camera
  brand.slow_variance.fill(1);
  brand.frame_variance.fill(1);
  brand.correlation.assign(49, 0.0);
  for (std::size_t i = 0; i < 7; ++i) brand.correlation[8 * i] = 1;
  brand.usual = vision::usual_quality(clean);
  return vision::to_text(std::vector{brand});
}

const std::string& model() {
  static const std::string text = appearance_of_clean_frames();
  return text;
}

InspectorSources sources(const std::string& appearance) {
  InspectorSources s;
  s.version = "demo@1#abc";
  s.model = [&appearance](std::string_view name) -> std::string_view {
    return name == "visual_anomaly" || name == "inclusion_recognition" ? std::string_view(appearance) : std::string_view();
  };
  return s;
}

/// What an inspector says of 100 frames of 1 t each in two slices of 50 t, and what it has judged of the second.
struct Said {
  std::vector<wire::Finding> findings;
  std::vector<TonneInterval> judged_of_second;
  std::set<std::string> codes() const {
    std::set<std::string> out;
    for (const auto& f : findings) out.insert(f.code);
    return out;
  }
};

using Inject = std::function<void(int, Picture&)>;
using Lost = std::function<bool(int)>;

Said run(Result<std::unique_ptr<Inspector>> made, const Inject& inject, const Lost& lost = [](int) { return false; },
         double load = 1) {
  EXPECT_TRUE(made.ok());
  Inspector& inspector = **made;
  Said out;
  const FindingSink say = [&](wire::Finding f) { out.findings.push_back(std::move(f)); };
  const auto observe = [&](material::ObservationPayload payload, std::vector<material::LotInterval> where, double at_s) {
    material::Observation o;
    o.instrument = InstrumentId{"cam-1"};
    o.time = Time{} + seconds(at_s);
    o.intervals = std::move(where);
    o.payload = std::move(payload);
    inspector.observe(o, say);
  };
  material::LotPlan plan;
  plan.lot = kLot;
  plan.brand = "A";
  observe(plan, {}, 0);
  vision::WindowWatch window;
  for (int i = 0; i < 100; ++i) {
    if (i > 0 && i % 50 == 0) {
      material::SliceClosed slice{{kLot, {Tonnes{i - 50.0}, Tonnes{1.0 * i}}}, {}, {}, false, {}};
      observe(slice, {}, i);
      inspector.close_slice(slice, {slice.interval.tonnes}, say);
    }
    if (lost(i)) continue;
    Picture picture = belt_frame(i);
    inject(i, picture);
    material::FrameReading frame;
    frame.frame_number = static_cast<std::uint64_t>(i + 1);
    frame.width_px = kWidth;
    frame.height_px = kHeight;
    frame.mm_per_px = 4;
    frame.load_fraction = load;
    const auto q = vision::measure_quality(picture.view());
    const auto seen = window.look(picture.view());
    frame.condition = {q.light, q.saturated, q.contrast, q.detail, q.dark_point, seen.frozen, seen.dirty_share};
    observe(std::move(frame), {{kLot, {Tonnes{1.0 * i}, Tonnes{i + 1.0}}}}, i);
  }
  material::SliceClosed last{{kLot, {50_t, 100_t}}, {}, {}, false, {}};
  observe(last, {}, 100);
  out.judged_of_second = inspector.close_slice(last, {last.interval.tonnes}, say);
  return out;
}

Said watch(const Inject& inject, const Lost& lost = [](int) { return false; }) {
  return run(make_camera_watch(sources(model())), inject, lost);
}

void each(Picture& picture, const std::function<double(double)>& change) {
  for (auto& value : picture.bgr) value = static_cast<std::uint8_t>(std::clamp(change(value), 0.0, 255.0));
}

void blur(Picture& picture) {
  const Picture sharp = picture;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      for (int k = 0; k < 3; ++k) {
        int sum = 0;
        for (int d = -3; d <= 3; ++d) {
          sum += sharp.bgr[static_cast<std::size_t>(3 * (y * picture.width + std::clamp(x + d, 0, picture.width - 1)) + k)];
        }
        picture.bgr[static_cast<std::size_t>(3 * (y * picture.width + x) + k)] = static_cast<std::uint8_t>(sum / 7);
      }
    }
  }
}

// From frame 50 on, so in the whole second slice and nowhere else.
Inject from_50(const std::function<void(Picture&)>& spoil) {
  return [spoil](int i, Picture& picture) {
    if (i >= 50) spoil(picture);
  };
}

TEST(CameraWatch, AGoodCameraIsCoveredAndSaysNothing) {
  const auto said = watch([](int, Picture&) {});
  EXPECT_TRUE(said.findings.empty());
  EXPECT_EQ(said.judged_of_second, (std::vector<TonneInterval>{{50_t, 100_t}}));
}

TEST(CameraWatch, EachFaultIsAFindingOfItsOwnAndAHoleInTheCoverage) {
  const std::vector<std::pair<std::string, Inject>> faults = {
      {"camera_dark", from_50([](Picture& p) { each(p, [](double v) { return 0.2 * v; }); })},
      {"camera_overexposed", from_50([](Picture& p) { each(p, [](double v) { return 4 * v; }); })},
      {"camera_dusty", from_50([](Picture& p) { each(p, [](double v) { return 0.35 * v + 90; }); })},
      {"camera_blurred", from_50(&blur)},
      {"camera_frozen", [](int i, Picture& p) { if (i >= 50) p = belt_frame(49); }},
  };
  for (const auto& [code, inject] : faults) {
    const auto said = watch(inject);
    ASSERT_EQ(said.findings.size(), 1u) << code;
    const auto& finding = said.findings.front();
    EXPECT_EQ(finding.code, code);
    EXPECT_EQ(finding.verdict, wire::Verdict::kSuspect);
    EXPECT_EQ(finding.priority, wire::Priority::kLow);
    EXPECT_EQ(finding.where.tonnes, (TonneInterval{50_t, 100_t}));
    EXPECT_EQ(finding.measured.at(0).name, "pictures_affected");
    EXPECT_EQ(finding.measured.at(0).value, 100);
    EXPECT_EQ(finding.evidence.at(0).instrument, InstrumentId{"cam-1"});
    EXPECT_TRUE(said.judged_of_second.empty()) << code;
  }
}

// A patch of 80 x 64 px of 256 x 192 hides a tenth of the belt: said, but what is beside it is still judged.
TEST(CameraWatch, DirtOnTheWindowIsSaidAndTheRestIsStillSeen) {
  const auto said = watch([](int i, Picture& p) {
    if (i >= 40) vision::testing::lay_bar(p, 100, 80, 80, 64, 0, 60, 60, 60, 0, 1);
  });
  EXPECT_EQ(said.codes(), (std::set<std::string>{"camera_dirty_window"}));
  EXPECT_EQ(said.judged_of_second, (std::vector<TonneInterval>{{50_t, 100_t}}));
}

TEST(CameraWatch, MissingPicturesAreAFindingAndNotOnlyHealth) {
  const auto nothing = [](int, Picture&) {};
  const auto said = watch(nothing, [](int i) { return i >= 50 && i % 2 == 1; });
  ASSERT_EQ(said.codes(), (std::set<std::string>{"camera_dropped"}));
  // 25 numbers are missing of 50 to 99; the last one is not known to be.
  EXPECT_EQ(said.findings[0].measured.at(1).name, "pictures_missing");
  EXPECT_EQ(said.findings[0].measured.at(1).value, 24);
  EXPECT_EQ(said.findings[0].measured.at(0).value, 49);   // of 24 + 25
  EXPECT_TRUE(watch(nothing, [](int i) { return i == 60 || i == 80; }).findings.empty());   // two lost pictures are no fault
}

TEST(CameraWatch, AFaultThatLastsIsNotSaidAgainInTheNextSlice) {
  const auto said = watch([](int, Picture& p) { each(p, [](double v) { return 0.2 * v; }); });
  ASSERT_EQ(said.findings.size(), 1u);
  EXPECT_EQ(said.findings[0].where.tonnes, (TonneInterval{0_t, 50_t}));
}

TEST(CameraWatch, AFitThatDidNotMeasureHowPicturesAreTakenIsNotOne) {
  auto brands = *vision::appearances_from_text(model(), "test");
  brands[0].usual = {};
  const std::string old = vision::to_text(brands);
  auto inspector = make_camera_watch(sources(old));
  ASSERT_TRUE(inspector.ok());
  EXPECT_FALSE((*inspector)->info().fitted);
}

// What cannot be seen is neither odd nor clean.
TEST(CameraWatch, TheCamerasModelsLeaveOutWhatIsTooBadlyTakenToSeeIn) {
  const auto dusty = [](int i, Picture& p) {
    if (i >= 60 && i < 70) each(p, [](double v) { return 0.35 * v + 90; });
  };
  for (const auto make : {make_visual_anomaly, make_inclusion_recognition}) {
    const auto said = run(make(sources(model())), dusty);
    for (const auto& finding : said.findings) EXPECT_EQ(finding.verdict, wire::Verdict::kOk);
    // Pictures 60 to 69 showed 60 to 70 t.
    EXPECT_EQ(said.judged_of_second, (std::vector<TonneInterval>{{50_t, 60_t}, {70_t, 100_t}}));
  }
}

// A picture half of bare belt has less grain for its range than the brand's: that is no blur.
TEST(CameraWatch, PicturesOfAThinLoadAreNotComparedWithFullOnes) {
  const auto thin = run(make_visual_anomaly(sources(model())), from_50(&blur), [](int) { return false; }, 0.4);
  EXPECT_EQ(thin.judged_of_second, (std::vector<TonneInterval>{{50_t, 100_t}}));
  const auto full = run(make_visual_anomaly(sources(model())), from_50(&blur));
  EXPECT_TRUE(full.judged_of_second.empty());
}

}  // namespace
}  // namespace beltwarden::inspect
