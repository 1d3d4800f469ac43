#include "science/vision/impurity_classifier.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "science/vision/test_pictures.h"

namespace beltwarden::vision {
namespace {

enum class Thing { kPlate, kBeam, kRope };

// The candidate that covers a laid object, from a picture of its own.
Features features_of(Thing thing, std::uint64_t seed) {
  Rng rng(seed, 77);
  auto picture = testing::ore(256, 128, 9, seed);
  const double x = rng.uniform(90, 160), y = rng.uniform(45, 80), degrees = rng.uniform(-80, 80);
  const double size = rng.uniform(0.7, 1.3), shade = rng.uniform(0.85, 1.15);
  if (thing == Thing::kPlate) {
    testing::lay_bar(picture, x, y, 75 * size, 45 * size, degrees, 150 * shade, 148 * shade, 145 * shade, 0.03, seed);
  } else if (thing == Thing::kBeam) {
    testing::lay_bar(picture, x, y, 110 * size, 14, degrees, 85 * shade, 125 * shade, 165 * shade, 0.08, seed);
  } else {
    testing::lay_bar(picture, x, y, 110 * size, 5, degrees, 150 * shade, 165 * shade, 165 * shade, 0.2, seed);
  }
  AnalyseScratch scratch;
  const auto analysis = analyse_frame(picture.view(), 8, scratch);
  return analysis->candidates.at(0).features;
}

std::vector<LabelledCandidate> examples(std::uint64_t first_seed, int each) {
  std::vector<LabelledCandidate> result;
  for (int i = 0; i < each; ++i) {
    const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
    result.push_back({features_of(Thing::kPlate, seed), "metal"});
    result.push_back({features_of(Thing::kBeam, seed + 1000), "wood"});
    result.push_back({features_of(Thing::kRope, seed + 2000), "rope"});
  }
  return result;
}

TEST(ImpurityClassifier, TellsPlatesBeamsAndRopesApart) {
  const auto classifier = fit_classifier(examples(1, 40));
  ASSERT_TRUE(classifier);
  int right = 0, wrong = 0;
  for (const auto& example : examples(5000, 20)) {
    const auto said = classify(example.features, *classifier);
    right += said.label == example.label;
    wrong += said.label != example.label && said.label != "unknown";
  }
  EXPECT_GE(right, 54);  // of 60
  EXPECT_LE(wrong, 2);
}

TEST(ImpurityClassifier, WhatIsLikeNothingIsUnknown) {
  const auto classifier = fit_classifier(examples(1, 40));
  ASSERT_TRUE(classifier);
  Features odd = features_of(Thing::kPlate, 9);
  odd[0] = -60;
  odd[5] = 90;
  odd[6] = -80;
  EXPECT_EQ(classify(odd, *classifier).label, "unknown");
  odd[3] = std::nanf("");
  EXPECT_EQ(classify(odd, *classifier).label, "unknown");
}

TEST(ImpurityClassifier, TextReadsBackToTheSameAnswers) {
  const auto classifier = fit_classifier(examples(1, 15));
  ASSERT_TRUE(classifier);
  const auto again = classifier_from_text(to_text(*classifier), "test");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_text(*again), to_text(*classifier));
  const auto features = features_of(Thing::kBeam, 77);
  EXPECT_EQ(classify(features, *again).confidence, classify(features, *classifier).confidence);
  EXPECT_FALSE(classifier_from_text("kind = 'x'", "test"));
}

}  // namespace
}  // namespace beltwarden::vision
