// What a candidate is: nearest class in feature space, or "unknown" when no class is near or two are.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "science/vision/frame_analysis.h"

namespace beltwarden::vision {

using Features = std::array<float, kCandidateFeatures>;

struct LabelledCandidate {
  Features features{};
  std::string label;  ///< "metal", "wood", "rope", "ore", ...
};

struct Impurity {
  std::string label;      ///< a class of the fit, or "unknown"
  double confidence = 0;  ///< posterior of the nearest class; for "unknown" what it lacks
};

/// Gaussian classes with one shrunk covariance each way: half pooled, half the class's own.
struct ImpurityClassifier {
  struct Class {
    std::string label;
    int examples = 0;
    std::vector<double> mean;      ///< of standardised features
    std::vector<double> whiten;    ///< lower triangular, row by row: |whiten (z - mean)|2 is the squared distance
    double log_determinant = 0;
  };
  std::array<double, kCandidateFeatures> centre{}, scale{};
  std::vector<Class> classes;
  double reject_distance = 0;      ///< squared distance beyond which nothing is known
  double least_confidence = 0.6;
};

/// At least two classes of 12 examples each. Rejection: twice the squared distance that 99 % of the examples keep.
Result<ImpurityClassifier> fit_classifier(std::span<const LabelledCandidate> examples);

Impurity classify(const Features& features, const ImpurityClassifier& classifier);

std::string to_text(const ImpurityClassifier& classifier);
Result<ImpurityClassifier> classifier_from_text(std::string_view text, const std::string& origin);

}  // namespace beltwarden::vision
