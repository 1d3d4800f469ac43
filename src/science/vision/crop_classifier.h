// What a candidate is, by the features the detector's network sees in it: classes with one pooled scatter, calibrated
// confidence, and "unknown" for what lies far from all of them or between two.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace beltwarden::vision {

struct LabelledFeatures {
  std::vector<float> features;
  std::string label;
  bool sets_limits = true;  ///< false: a variant that teaches the classes, but is not what rejection is set by
};

struct CropClass {
  std::string label;
  bool known = true;  ///< false: "unknown"
  double confidence = 0;
};

/// Linear discriminant with a pooled covariance shrunk towards its diagonal. What is far from its nearest class compared
/// with how far it is from everything is unknown: the relative Mahalanobis distance (Ren, Fort, Liu, Roy, Padhy and
/// Lakshminarayanan 2021, "A Simple Fix to Mahalanobis Distance", equation 2). A class added later (twenty examples do)
/// gets a mean of its own in the same space; means, scatter and limits of the others stay as they are.
struct CropClassifier {
  struct Class {
    std::string label;
    int examples = 0;
    std::vector<double> mean;   ///< whitened
    double limit = 0;           ///< of the relative distance, which its own examples seldom exceed
  };
  std::vector<double> centre, scale;  ///< of raw features
  std::vector<double> whiten;         ///< kept x raw, row by row
  int kept = 0;
  std::vector<double> whiten_all;     ///< the same for the scatter of all examples round their common mean
  double temperature = 1;             ///< squared distances are divided by twice this before they become odds
  double least_confidence = 0.4;
  std::vector<Class> classes;

  bool empty() const { return classes.empty(); }
};

/// Two or more classes of 8 examples each, features of equal length. `known_called_unknown`: share of held-out known
/// examples that rejection may cost (it sets least_confidence and limits); eight or more of a class set limits.
Result<CropClassifier> fit_crop_classifier(std::span<const LabelledFeatures> examples, double known_called_unknown);

/// Adds a class, or examples to one that exists.
Result<void> add_to_class(CropClassifier& classifier, std::span<const LabelledFeatures> examples);

CropClass classify(std::span<const float> features, const CropClassifier& classifier);

std::string to_text(const CropClassifier& classifier);
Result<CropClassifier> crop_classifier_from_text(std::string_view text, const std::string& origin);

}  // namespace beltwarden::vision
