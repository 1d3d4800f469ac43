#include "science/vision/detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/workers.h"
#include "science/vision/net/test_backbone.h"
#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

vision::Picture ore(std::uint64_t seed) {
  testing::Picture made = testing::ore(160, 160, 10, seed);
  return {made.width, made.height, std::move(made.bgr)};
}

// Fitted in a few seconds: enough for a bright bar on dark ore.
const DetectorModel& model() {
  static const DetectorModel fitted = [] {
    std::vector<vision::Picture> clean;
    for (std::uint64_t i = 0; i < 12; ++i) clean.push_back(ore(i));
    DetectorFit fit;
    fit.steps = 120;
    fit.side_px = 96;
    auto made = fit_detector(clean, {}, fit, [](double) {});
    return made ? *made : DetectorModel{};
  }();
  return fitted;
}

TEST(Detector, ABrightBarStandsOutFromCleanOre) {
  Detector detector(model());
  const auto clean = detector.look(ore(50).view());
  ASSERT_TRUE(clean);
  testing::Picture with = testing::ore(160, 160, 10, 50);
  testing::lay_bar(with, 90, 70, 60, 24, 20, 220, 215, 210, 0.02, 1);
  const auto seen = detector.look(with.view());
  ASSERT_TRUE(seen);
  EXPECT_GT(seen->frame_score, clean->frame_score + 1);
  ASSERT_FALSE(seen->blobs.empty());
  EXPECT_NEAR(seen->blobs[0].centre_x, 90, 20);
  EXPECT_NEAR(seen->blobs[0].centre_y, 70, 20);
}

TEST(Detector, PicturesOfAnySizeNotOnlyWholeCells) {
  Detector detector(model());
  testing::Picture odd = testing::ore(151, 97, 10, 50);
  const auto seen = detector.look(odd.view());
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->evidence.columns, 38);  // 151 / 4, rounded up
  EXPECT_EQ(seen->evidence.rows, 25);
  for (const Blob& blob : seen->blobs) {
    EXPECT_LE(blob.x + blob.w, 151);
    EXPECT_LE(blob.y + blob.h, 97);
  }
  EXPECT_FALSE(detector.look(ImageView{}));
}

// Of any weights: those of a fit may be small where it matters.
TEST(Detector, StripsOnThreadsOfTheirOwnShowWhatOneShows) {
  DetectorModel random;
  random.network = detector_network(0, 7);
  for (auto& value : random.network.parameters) value *= 2;
  for (const int width : {1024, 1191, 1560}) {   // two strips, two of no whole cells, three where there may be
    testing::Picture picture = testing::ore(width, 90, 10, 50);
    testing::lay_bar(picture, width / 2, 40, 60, 24, 20, 220, 215, 210, 0.02, 1);
    const auto alone = Detector(random).look(picture.view());
    ASSERT_TRUE(alone);
    EXPECT_NE(alone->evidence.at(alone->evidence.columns / 2, 10), alone->evidence.at(3, 10));
    for (const int strips : {2, 3}) {
      EXPECT_EQ(Detector(random, strips, workers(2)).look(picture.view())->evidence.logit, alone->evidence.logit) << width << " " << strips;
    }
  }
}

TEST(Detector, TheModelReadsBackAndSeesTheSame) {
  const auto back = detector_from_bytes(to_bytes(model()), "test");
  ASSERT_TRUE(back) << back.error().message;
  const vision::Picture picture = ore(60);
  Detector a(model()), b(*back);
  EXPECT_EQ(a.look(picture.view())->evidence.logit, b.look(picture.view())->evidence.logit);
  EXPECT_EQ(back->threshold, model().threshold);
  EXPECT_FALSE(detector_from_bytes(to_bytes(model()).substr(0, 500), "test"));
  EXPECT_FALSE(detector_from_bytes("", "test"));
}

TEST(Detector, AModelWhoseFeaturesAreFinerThanItsEvidenceIsRefused) {
  DetectorModel turned = model();
  std::swap(turned.network.outputs.front(), turned.network.outputs.back());
  const auto back = detector_from_bytes(to_bytes(turned), "test");
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().message.find("no finer than the evidence"), std::string::npos) << back.error().message;
}

// Frames whose one blob each has the scores of an exponential law of scale 0.5: a tenth of them lie above 0.5 ln 10.
TEST(Detector, TheThresholdIsWhatTheClaimedShareOfCleanFramesExceedsAndNothingElseChanges) {
  constexpr int kFrames = 40;
  std::vector<vision::Picture> clean;
  for (int i = 0; i < kFrames; ++i) clean.push_back({64, 64, std::vector<std::uint8_t>(std::size_t{3} * 64 * 64, static_cast<std::uint8_t>(i))});
  Detector detector([](const ImageView& image) -> Result<EvidenceMap> {
    EvidenceMap map{16, 16, 4, std::vector<float>(256, -8.0f)};
    const double score = -0.5 * std::log((image.bgr[0] + 0.5) / kFrames);
    for (int y = 4; y < 10; ++y) std::fill_n(map.logit.begin() + 16 * y + 4, 6, static_cast<float>(score));
    return map;
  });
  DetectorModel model;
  model.claimed_false_per_frame = 0.1;
  model.event_threshold = 7;
  model.frame_tail = {1, 2, 0.25};
  std::vector<double> scores;
  ASSERT_TRUE(add_blob_scores(detector, std::span(clean).first(15), scores));
  ASSERT_TRUE(add_blob_scores(detector, std::span(clean).subspan(15), scores));
  set_threshold(model, scores, clean.size());
  EXPECT_NEAR(model.threshold, 0.5 * std::log(10), 0.1);
  EXPECT_EQ(model.event_threshold, 7);
  EXPECT_EQ(model.frame_tail.from, 1);
  model.claimed_false_per_frame = 0.02;
  set_threshold(model, scores, clean.size());
  EXPECT_NEAR(model.threshold, 0.5 * std::log(50), 0.15);
}

std::shared_ptr<const net::Backbone> test_backbone() {
  auto read = net::Backbone::from_bytes(net::testing::backbone_bytes(net::testing::test_layers()), "test");
  return read ? std::make_shared<const net::Backbone>(std::move(*read)) : nullptr;
}

// Fitted with a second look through a backbone of random numbers, which sees a bright bar nevertheless.
TEST(Detector, ASecondLookIsLearntKeptAndTheSameOnThreads) {
  std::vector<vision::Picture> clean;
  for (std::uint64_t i = 0; i < 8; ++i) clean.push_back(ore(i));
  DetectorFit fit;
  fit.steps = 60;
  fit.side_px = 96;
  fit.backbone = test_backbone();
  std::vector<Crop> crops;
  for (std::uint64_t i = 0; i < 6; ++i) {
    auto crop = testing::ore(96, 96, 10, 300 + i);
    testing::lay_bar(crop, 48, 48, 40, 14, 30.0 * static_cast<double>(i), 170, 175, 180, 0.03, i);
    crops.push_back({{crop.width, crop.height, std::move(crop.bgr)}, -1});
  }
  auto fitted = fit_detector(clean, crops, fit, [](double) {});
  ASSERT_TRUE(fitted) << fitted.error().message;
  ASSERT_FALSE(fitted->second.empty());
  auto back = detector_from_bytes(to_bytes(*fitted), "test");
  ASSERT_TRUE(back) << back.error().message;
  auto without = *fitted;
  without.second = {};
  auto picture = testing::ore(800, 320, 10, 91);
  testing::lay_bar(picture, 200, 100, 40, 14, 30, 170, 175, 180, 0.03, 8);
  Detector plain(without), once(*fitted), read(*back), strips(*fitted, 2, workers(2));
  const auto first = plain.evidence(picture.view()), twice = once.evidence(picture.view());
  ASSERT_TRUE(first);
  ASSERT_TRUE(twice);
  EXPECT_NE(first->logit, twice->logit);
  EXPECT_EQ(once.first_evidence(picture.view())->logit, first->logit);
  EXPECT_EQ(read.evidence(picture.view())->logit, twice->logit);
  EXPECT_EQ(strips.evidence(picture.view())->logit, twice->logit);
  const auto crop = ore(77);
  EXPECT_EQ(once.crop_features(crop.view())->size(), plain.crop_features(crop.view())->size() + fit.backbone->feature_count() / net::Backbone::kPooled);
  std::string damaged = to_bytes(*fitted);
  damaged[damaged.size() - 40] = static_cast<char>(damaged[damaged.size() - 40] ^ 1);
  auto refused = detector_from_bytes(damaged, "it");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "it: the second look: its check sum does not fit");
}

TEST(Detector, FewOrSmallFramesAreRefused) {
  std::vector<vision::Picture> clean(7, ore(1));
  EXPECT_FALSE(fit_detector(clean, {}, {}, [](double) {}));
}

}  // namespace
}  // namespace beltwarden::vision
