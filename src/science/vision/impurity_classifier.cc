#include "science/vision/impurity_classifier.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>

#include "base/config.h"
#include "base/toml_writer.h"

namespace beltwarden::vision {
namespace {

constexpr std::size_t kFeatures = kCandidateFeatures;
constexpr std::size_t kLeastExamples = 12;
using FeatureVector = Eigen::Matrix<double, kFeatures, 1>;
using FeatureMatrix = Eigen::Matrix<double, kFeatures, kFeatures>;

FeatureVector standardised(const Features& features, const ImpurityClassifier& c) {
  FeatureVector z;
  for (std::size_t f = 0; f < kFeatures; ++f) {
    // Far outside is far outside: one wild feature must not drown the rest.
    z(static_cast<Eigen::Index>(f)) = std::clamp((features[f] - c.centre[f]) / c.scale[f], -8.0, 8.0);
  }
  return z;
}

double squared_distance(const FeatureVector& z, const ImpurityClassifier::Class& c) {
  double sum = 0;
  for (std::size_t row = 0; row < kFeatures; ++row) {
    double q = 0;
    for (std::size_t k = 0; k <= row; ++k) {
      q += c.whiten[row * kFeatures + k] * (z(static_cast<Eigen::Index>(k)) - c.mean[k]);
    }
    sum += q * q;
  }
  return sum;
}

}  // namespace

Result<ImpurityClassifier> fit_classifier(std::span<const LabelledCandidate> examples) {
  std::map<std::string, std::vector<const Features*>> by_label;
  for (const auto& example : examples) {
    for (const float f : example.features) {
      if (!std::isfinite(f))
        return invalid_input("classifier: an example of '" + example.label + "' has a feature that is not a number");
    }
    by_label[example.label].push_back(&example.features);
  }
  if (by_label.size() < 2)
    return invalid_input("classifier: expected at least two classes, found " + std::to_string(by_label.size()));
  for (const auto& [label, members] : by_label) {
    if (members.size() < kLeastExamples) {
      return invalid_input("classifier: expected at least 12 examples of '" + label + "', found " +
                           std::to_string(members.size()));
    }
  }

  ImpurityClassifier classifier;
  const double n = static_cast<double>(examples.size());
  for (std::size_t f = 0; f < kFeatures; ++f) {
    double sum = 0, squares = 0;
    for (const auto& example : examples) {
      sum += example.features[f];
      squares += static_cast<double>(example.features[f]) * example.features[f];
    }
    classifier.centre[f] = sum / n;
    classifier.scale[f] = std::sqrt(std::max(squares / n - classifier.centre[f] * classifier.centre[f], 1e-8));
  }

  FeatureMatrix pooled = FeatureMatrix::Zero();
  std::vector<std::pair<FeatureVector, FeatureMatrix>> moments;
  for (const auto& [label, members] : by_label) {
    FeatureVector mean = FeatureVector::Zero();
    for (const auto* m : members) mean += standardised(*m, classifier);
    mean /= static_cast<double>(members.size());
    FeatureMatrix scatter = FeatureMatrix::Zero();
    for (const auto* m : members) {
      const FeatureVector off = standardised(*m, classifier) - mean;
      scatter += off * off.transpose();
    }
    pooled += scatter;
    moments.emplace_back(mean, scatter / static_cast<double>(members.size() - 1));
  }
  pooled /= std::max(1.0, n - static_cast<double>(by_label.size()));

  std::size_t index = 0;
  for (const auto& [label, members] : by_label) {
    const auto& [mean, own] = moments[index++];
    // 0.05 I: no feature is known better than to a fifth of its spread over all classes.
    const FeatureMatrix covariance = 0.5 * pooled + 0.5 * own + 0.05 * FeatureMatrix::Identity();
    const Eigen::LLT<FeatureMatrix> llt(covariance);
    const FeatureMatrix lower = llt.matrixL();
    const FeatureMatrix whiten = lower.triangularView<Eigen::Lower>().solve(FeatureMatrix::Identity());
    ImpurityClassifier::Class c;
    c.label = label;
    c.examples = static_cast<int>(members.size());
    c.mean.assign(mean.data(), mean.data() + kFeatures);
    for (std::size_t row = 0; row < kFeatures; ++row) {
      for (std::size_t k = 0; k < kFeatures; ++k) {
        c.whiten.push_back(whiten(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(k)));
      }
      c.log_determinant += 2 * std::log(lower(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(row)));
    }
    classifier.classes.push_back(std::move(c));
  }

  std::vector<double> own_distance;
  for (const auto& example : examples) {
    const auto c = std::find_if(classifier.classes.begin(), classifier.classes.end(),
                                [&](const auto& candidate) { return candidate.label == example.label; });
    own_distance.push_back(squared_distance(standardised(example.features, classifier), *c));
  }
  const std::size_t rank = std::min(own_distance.size() - 1, own_distance.size() * 99 / 100);
  std::nth_element(own_distance.begin(), own_distance.begin() + static_cast<std::ptrdiff_t>(rank), own_distance.end());
  classifier.reject_distance = 2 * own_distance[rank];
  return classifier;
}

Impurity classify(const Features& features, const ImpurityClassifier& classifier) {
  for (const float f : features) {
    if (!std::isfinite(f)) return {"unknown", 0};
  }
  if (classifier.classes.empty()) return {"unknown", 0};
  const FeatureVector z = standardised(features, classifier);
  double nearest = 0, best = -1e300;
  const ImpurityClassifier::Class* winner = nullptr;
  std::vector<double> score;
  for (const auto& c : classifier.classes) {
    const double d = squared_distance(z, c);
    // Halved: features are neither Gaussian nor independent of what varies from site to site.
    score.push_back(-0.25 * (d + c.log_determinant));
    if (winner == nullptr || score.back() > best) {
      best = score.back();
      nearest = d;
      winner = &c;
    }
  }
  double total = 0;
  for (const double s : score) total += std::exp(s - best);
  const double posterior = 1 / total;
  if (nearest > classifier.reject_distance || posterior < classifier.least_confidence) {
    return {"unknown", nearest > classifier.reject_distance ? 1.0 : 1 - posterior};
  }
  return {winner->label, posterior};
}

std::string to_text(const ImpurityClassifier& classifier) {
  TomlWriter writer;
  writer.put("kind", "beltwarden impurity classifier")
      .put("version", std::int64_t{1})
      .put("reject_distance", classifier.reject_distance)
      .put("least_confidence", classifier.least_confidence)
      .put("centre", classifier.centre)
      .put("scale", classifier.scale);
  for (const auto& c : classifier.classes) {
    writer.item("class")
        .put("label", c.label)
        .put("examples", std::int64_t{c.examples})
        .put("log_determinant", c.log_determinant);
    writer.put("mean", c.mean).put("whiten", c.whiten);
  }
  return writer.text();
}

namespace {

Result<std::vector<double>> exactly(const Config& table, std::string_view key, std::size_t count) {
  auto numbers = table.numbers(key);
  if (!numbers) return numbers.error();
  if (numbers->size() != count) {
    return invalid_input(table.where() + ": '" + std::string(key) + "' should have " + std::to_string(count) +
                         " numbers, found " + std::to_string(numbers->size()));
  }
  for (const double number : *numbers) {
    if (!std::isfinite(number))
      return invalid_input(table.where() + ": '" + std::string(key) + "' has a value that is not a number");
  }
  return numbers;
}

}  // namespace

Result<ImpurityClassifier> classifier_from_text(std::string_view text, const std::string& origin) {
  auto document = Config::parse(text, origin);
  if (!document) return document.error();
  auto kind = document->text("kind");
  if (!kind) return kind.error();
  if (*kind != "beltwarden impurity classifier") {
    return invalid_input(origin + ": 'kind' is '" + *kind + "', expected 'beltwarden impurity classifier'");
  }
  if (auto version = document->integer("version", 1, 1); !version) return version.error();
  ImpurityClassifier classifier;
  auto reject = document->number("reject_distance", 0, 1e9);
  if (!reject) return reject.error();
  auto least = document->number("least_confidence", 0, 1);
  if (!least) return least.error();
  auto centre = exactly(*document, "centre", kFeatures);
  if (!centre) return centre.error();
  auto scale = exactly(*document, "scale", kFeatures);
  if (!scale) return scale.error();
  classifier.reject_distance = *reject;
  classifier.least_confidence = *least;
  std::copy(centre->begin(), centre->end(), classifier.centre.begin());
  std::copy(scale->begin(), scale->end(), classifier.scale.begin());
  for (const double s : classifier.scale) {
    if (!(s > 0)) return invalid_input(origin + ": 'scale' should be above 0");
  }
  for (const auto& table : document->tables("class")) {
    ImpurityClassifier::Class c;
    auto label = table.text("label");
    if (!label) return label.error();
    auto examples = table.integer("examples", 0, 100000000);
    if (!examples) return examples.error();
    auto determinant = table.number("log_determinant", -1e6, 1e6);
    if (!determinant) return determinant.error();
    auto mean = exactly(table, "mean", kFeatures);
    if (!mean) return mean.error();
    auto whiten = exactly(table, "whiten", kFeatures * kFeatures);
    if (!whiten) return whiten.error();
    c = {*label, static_cast<int>(*examples), std::move(*mean), std::move(*whiten), *determinant};
    classifier.classes.push_back(std::move(c));
  }
  return classifier;
}

}  // namespace beltwarden::vision
