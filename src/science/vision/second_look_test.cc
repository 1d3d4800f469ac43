#include "science/vision/second_look.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/rng.h"
#include "base/workers.h"
#include "science/vision/net/test_backbone.h"
#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

using testing::ore;

std::shared_ptr<const net::Backbone> test_backbone() {
  auto read = net::Backbone::from_bytes(net::testing::backbone_bytes(net::testing::test_layers()), "test");
  return read ? std::make_shared<const net::Backbone>(std::move(*read)) : nullptr;
}

EvidenceMap flat_map(int columns, int rows, float level) {
  EvidenceMap map;
  map.columns = columns;
  map.rows = rows;
  map.logit.assign(static_cast<std::size_t>(columns * rows), level);
  return map;
}

// A reading that is the same everywhere.
SecondLook constant_look(double value) {
  SecondLook look;
  look.backbone = test_backbone();
  const std::size_t n = look.backbone->feature_count();
  look.centre.assign(n, 0);
  look.scale.assign(n, 1);
  look.weight.assign(n, 0);
  look.bias = value;
  return look;
}

TEST(SecondLook, OddestPlacesAreApartAndHighestFirst) {
  EvidenceMap map = flat_map(60, 40, -5);
  map.logit[10 * 60 + 20] = 3;
  map.logit[10 * 60 + 22] = 2.9f;   // the same thing
  map.logit[30 * 60 + 50] = 4;
  const auto places = oddest_places(map, 3);
  ASSERT_EQ(places.size(), 3u);
  EXPECT_EQ(places[0].column, 50);
  EXPECT_EQ(places[0].x, 202);
  EXPECT_EQ(places[0].y, 122);
  EXPECT_EQ(places[1].column, 20);
  EXPECT_EQ(places[2].logit, -5);
  EXPECT_EQ(oddest_places(flat_map(60, 40, 0), 1000).size(), 70u) << "six cells apart";
}

TEST(SecondLook, MoreOfALargePictureIsLookedAtAgain) {
  EXPECT_EQ(places_of({nullptr, 480, 360, 0}), 8u);
  EXPECT_EQ(places_of({nullptr, 64, 64, 0}), 1u);
  EXPECT_EQ(places_of({nullptr, 2048, 1024, 0}), 16u);
}

TEST(SecondLook, RaisesWhatBelongsToItsPlacesAndNothingElse) {
  const auto picture = ore(256, 256, 12, 3);
  const ImageView frame = picture.view();
  EvidenceMap map = flat_map(64, 64, -6);
  for (int x = 20; x < 45; ++x) map.logit[static_cast<std::size_t>(30 * 64 + x)] = 1;   // a long thing, 25 cells
  map.logit[30 * 64 + 32] = 2;
  const EvidenceMap before = map;
  SecondLooker looker(constant_look(5));
  const auto places = oddest_places(map, places_of(frame));
  looker.look_again(frame, measure_tone(frame), map, run_in_turn);
  EXPECT_FLOAT_EQ(map.at(32, 30), before.at(32, 30) + 3) << "a reading counts six tenths";
  EXPECT_FLOAT_EQ(map.at(20, 30), before.at(20, 30) + 3) << "the end of the long thing is farther than six cells from its middle";
  std::size_t same = 0;
  for (std::size_t i = 0; i < map.logit.size(); ++i) same += map.logit[i] == before.logit[i];
  EXPECT_GE(same, map.logit.size() - places.size() * 13 * 13 - 25) << "what is far from all places stays";
  EXPECT_GT(same, 0u);
}

TEST(SecondLook, AReadingMovesEvidenceByTwelveAtMost) {
  const auto picture = ore(128, 128, 12, 3);
  for (const double sign : {1.0, -1.0}) {
    EvidenceMap map = flat_map(32, 32, 0);
    map.logit[16 * 32 + 16] = 1;
    SecondLooker looker(constant_look(1e6 * sign));
    looker.look_again(picture.view(), measure_tone(picture.view()), map, run_in_turn);
    EXPECT_FLOAT_EQ(map.at(16, 16), static_cast<float>(1 + 12 * sign));
  }
}

TEST(SecondLook, ThreadsDoNotChangeWhatIsSeen) {
  const auto picture = ore(300, 200, 12, 3);
  const ImageView frame = picture.view();
  EvidenceMap map = flat_map(75, 50, 0);
  Rng rng(5);
  for (float& logit : map.logit) logit = static_cast<float>(rng.normal());
  const auto places = oddest_places(map, 19);   // three times eight, the last not whole
  SecondLooker one(constant_look(0)), three(constant_look(0), 3);
  const Tone tone = measure_tone(frame);
  const auto windows = windows_round(places, frame, tone);
  const auto seen = one.features(windows, run_in_turn);
  EXPECT_EQ(seen, three.features(windows, workers(3)));
  for (std::size_t i = 0; i < windows.size(); ++i) EXPECT_EQ(seen[i], one.features({&windows[i], 1}, run_in_turn).front()) << "and neither do its neighbours";
}

TEST(SecondLook, AWindowIsTheSameInOtherLight) {
  const auto plain = ore(256, 192, 12, 9);
  auto other = plain;
  for (std::size_t i = 0; i < other.bgr.size(); ++i) {
    const double cast[3] = {0.93, 1, 1.08};
    other.bgr[i] = static_cast<std::uint8_t>(std::clamp(255 * std::pow(plain.bgr[i] / 255.0, 0.8) * cast[i % 3] + 0.5, 0.0, 255.0));
  }
  net::Planes both({net::Backbone::kWindows * kWindowSide, kWindowSide}, 3, 1);
  const ImageView views[] = {plain.view(), other.view()};
  const Tone tones[] = {measure_tone(views[0]), measure_tone(views[1])};
  put_windows(std::array{Window{&views[0], &tones[0], 128, 96}, Window{&views[1], &tones[1], 128, 96}}, both);
  double difference = 0, raw = 0;
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < kWindowSide; ++y) {
      for (int x = 0; x < kWindowSide; ++x) {
        difference += std::abs(static_cast<double>(both.row(0, c, y)[net::Backbone::at(x, 0)] - both.row(0, c, y)[net::Backbone::at(x, 1)]));
        const std::size_t i = 3 * static_cast<std::size_t>((96 - 48 + y) * 256 + 128 - 48 + x) + static_cast<std::size_t>(2 - c);
        raw += std::abs(plain.bgr[i] - other.bgr[i]) / 127.5;
      }
    }
  }
  EXPECT_LT(difference, 0.35 * raw);
}

std::vector<const WindowExample*> all_of(const std::vector<WindowExample>& examples) {
  std::vector<const WindowExample*> out;
  for (const WindowExample& e : examples) out.push_back(&e);
  return out;
}

// Windows of ore, and windows with something bright in the middle, split into halves to fit and to judge by.
std::vector<WindowExample> windows(SecondLooker& looker, std::uint64_t seed) {
  std::vector<WindowExample> out;
  for (std::uint64_t i = 0; i < 40; ++i) {
    auto picture = ore(128, 128, 12, seed + i);
    const bool object = i % 2 == 1;
    if (object) testing::lay_bar(picture, 64, 64, 40, 14, 30, 170, 175, 180, 0.03, 8);
    const ImageView view = picture.view();
    const Tone tone = measure_tone(view);
    const Window middle{&view, &tone, 64, 64};
    out.push_back({looker.features({&middle, 1}, run_in_turn).front(), object, !object});
  }
  return out;
}

TEST(SecondLook, LearnsWhatThingsLookLikeAndReadsBack) {
  SecondLooker bare(constant_look(0));
  const auto examples = windows(bare, 100);
  auto look = fit_second_look(test_backbone(), all_of(examples), 1);
  ASSERT_TRUE(look) << look.error().message;
  auto back = second_look_from_bytes(to_bytes(*look), "test");
  ASSERT_TRUE(back) << back.error().message;
  int raised = 0, things_above = 0;
  for (int i = 0; i < 10; ++i) {
    auto picture = ore(128, 128, 12, 700 + static_cast<std::uint64_t>(i));
    float of_ore = 0;
    for (const bool object : {false, true}) {
      if (object) testing::lay_bar(picture, 64, 64, 40, 14, 30, 170, 175, 180, 0.03, 8);
      EvidenceMap a = flat_map(32, 32, -5);
      a.logit[16 * 32 + 16] = 0;
      EvidenceMap b = a;
      SecondLooker(*look).look_again(picture.view(), measure_tone(picture.view()), a, run_in_turn);
      SecondLooker(*back).look_again(picture.view(), measure_tone(picture.view()), b, run_in_turn);
      EXPECT_EQ(a.logit, b.logit);
      if (object) things_above += a.at(16, 16) > 1, raised += a.at(16, 16) > of_ore + 1;
      of_ore = a.at(16, 16);
    }
  }
  EXPECT_GE(raised, 9) << "of 10, each against the same ore";
  EXPECT_GE(things_above, 9);
}

TEST(SecondLook, HalfOfTheOddestPlacesOfCleanOreReadLessThanNothing) {
  SecondLooker bare(constant_look(0));
  const auto examples = windows(bare, 100);
  auto look = fit_second_look(test_backbone(), all_of(examples), 1);
  ASSERT_TRUE(look);
  int below = 0;
  for (const WindowExample& e : examples) {
    if (!e.oddest_of_clean) continue;
    double sum = look->bias;
    for (std::size_t i = 0; i < e.features.size(); ++i) {
      sum += static_cast<double>(look->weight[i]) * static_cast<double>((e.features[i] - look->centre[i]) / look->scale[i]);
    }
    below += sum < -1e-6;
  }
  EXPECT_EQ(below, 10) << "of 20";
}

TEST(SecondLook, OneKindOfWindowsAndDamagedBytesAreRefused) {
  SecondLooker bare(constant_look(0));
  auto examples = windows(bare, 100);
  std::erase_if(examples, [](const WindowExample& e) { return e.object; });
  auto refused = fit_second_look(test_backbone(), all_of(examples), 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "expected windows of things, of ore and of clean frames, found 0, 20 and 20");
  const std::string bytes = to_bytes(constant_look(1));
  for (std::size_t cut = 1; cut < bytes.size(); cut += 11) EXPECT_FALSE(second_look_from_bytes(bytes.substr(0, cut), "test"));
  for (std::size_t i = 0; i < bytes.size(); i += 37) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 4);
    EXPECT_FALSE(second_look_from_bytes(changed, "test")) << i;
  }
  auto none = second_look_from_bytes("", "test");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

}  // namespace
}  // namespace beltwarden::vision
