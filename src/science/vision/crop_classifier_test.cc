#include "science/vision/crop_classifier.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace beltwarden::vision {
namespace {

// Six features, of which two tell the classes apart.
std::vector<LabelledFeatures> draw(const std::string& label, double x, double y, int count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<LabelledFeatures> out;
  for (int i = 0; i < count; ++i) {
    std::vector<float> f(6);
    for (float& value : f) value = static_cast<float>(rng.normal());
    f[0] += static_cast<float>(x);
    f[1] += static_cast<float>(y);
    out.push_back({f, label});
  }
  return out;
}

std::vector<LabelledFeatures> join(std::initializer_list<std::vector<LabelledFeatures>> parts) {
  std::vector<LabelledFeatures> out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

double share_called(const CropClassifier& c, const std::vector<LabelledFeatures>& of, const std::string& label) {
  double count = 0;
  for (const auto& one : of) count += classify(one.features, c).label == label;
  return count / static_cast<double>(of.size());
}

TEST(CropClassifier, KnowsItsClassesAndAdmitsStrangers) {
  // A hundred examples set a limit that one in ten exceeds only roughly: one in five may.
  const auto fitted = fit_crop_classifier(join({draw("wood", 6, 0, 300, 1), draw("metal", -6, 0, 300, 2)}), 0.1);
  ASSERT_TRUE(fitted);
  EXPECT_GT(share_called(*fitted, draw("wood", 6, 0, 200, 3), "wood"), 0.85);
  EXPECT_GT(share_called(*fitted, draw("metal", -6, 0, 200, 4), "metal"), 0.85);
  EXPECT_GT(share_called(*fitted, draw("rope", 0, 12, 200, 5), "unknown"), 0.9);
  EXPECT_GT(share_called(*fitted, draw("between", 0, 0, 200, 6), "unknown"), 0.5);
}

TEST(CropClassifier, AClassAddedWithTwentyExamplesLeavesTheOthersAsTheyAre) {
  auto fitted = fit_crop_classifier(join({draw("wood", 6, 0, 100, 1), draw("metal", -6, 0, 100, 2)}), 0.1);
  ASSERT_TRUE(fitted);
  const auto before = fitted->classes;
  ASSERT_TRUE(add_to_class(*fitted, draw("rope", 0, 12, 20, 7)));
  ASSERT_EQ(fitted->classes.size(), 3u);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(fitted->classes[k].mean, before[k].mean);
    EXPECT_EQ(fitted->classes[k].limit, before[k].limit);
  }
  EXPECT_GT(share_called(*fitted, draw("rope", 0, 12, 200, 8), "rope"), 0.8);
  EXPECT_GT(share_called(*fitted, draw("wood", 6, 0, 200, 3), "wood"), 0.85);
}

TEST(CropClassifier, ReadsBackWhatItWrote) {
  const auto fitted = fit_crop_classifier(join({draw("wood", 6, 0, 40, 1), draw("metal", -6, 0, 40, 2)}), 0.1);
  ASSERT_TRUE(fitted);
  const auto back = crop_classifier_from_text(to_text(*fitted), "test");
  ASSERT_TRUE(back) << back.error().message;
  for (const auto& one : draw("wood", 3, 1, 50, 9)) {
    const CropClass a = classify(one.features, *fitted), b = classify(one.features, *back);
    EXPECT_EQ(a.label, b.label);
    EXPECT_EQ(a.confidence, b.confidence);
  }
}

TEST(CropClassifier, RefusesTooFewExamples) {
  EXPECT_FALSE(fit_crop_classifier(draw("wood", 6, 0, 100, 1), 0.1));
  EXPECT_FALSE(fit_crop_classifier(join({draw("wood", 6, 0, 100, 1), draw("metal", -6, 0, 7, 2)}), 0.1));
}

}  // namespace
}  // namespace beltwarden::vision
