#include "science/vision/crop_classifier.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>

#include "base/config.h"
#include "base/toml_writer.h"

namespace beltwarden::vision {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kShrinkage = 0.5;  // of the pooled covariance towards its diagonal: as many features as examples of some classes
constexpr int kFolds = 5;

VectorXd times(const std::vector<double>& matrix, const VectorXd& z) {
  return Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(
             matrix.data(), static_cast<Index>(matrix.size()) / z.size(), z.size()) * z;
}

VectorXd standardised(std::span<const float> features, const CropClassifier& c) {
  VectorXd z(static_cast<Index>(features.size()));
  for (std::size_t i = 0; i < features.size(); ++i) {
    z[static_cast<Index>(i)] = (static_cast<double>(features[i]) - c.centre[i]) / c.scale[i];
  }
  return z;
}

VectorXd whitened(std::span<const float> features, const CropClassifier& c) {
  return times(c.whiten, standardised(features, c));
}

// What is taken off a squared distance to make it relative: how far the features lie from all examples' middle.
double common_distance(std::span<const float> features, const CropClassifier& c) {
  return times(c.whiten_all, standardised(features, c)).squaredNorm();
}

// Inverse of the lower triangular root of a shrunk scatter, row by row.
std::vector<double> whitening(const MatrixXd& scatter) {
  MatrixXd shrunk = (1 - kShrinkage) * scatter;
  shrunk.diagonal() += kShrinkage * scatter.diagonal() + VectorXd::Constant(scatter.rows(), 1e-3);
  const Eigen::LLT<MatrixXd> factor(shrunk);
  std::vector<double> out(static_cast<std::size_t>(scatter.size()));
  Eigen::Map<Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(out.data(), scatter.rows(), scatter.rows()) =
      factor.matrixL().solve(MatrixXd::Identity(scatter.rows(), scatter.rows()));
  return out;
}

std::vector<double> squared_distances(const VectorXd& w, const CropClassifier& c) {
  std::vector<double> out;
  for (const auto& one : c.classes) {
    out.push_back((w - Eigen::Map<const VectorXd>(one.mean.data(), c.kept)).squaredNorm());
  }
  return out;
}

// Posterior of the nearest class at a temperature.
double confidence_of(const std::vector<double>& distances, double temperature) {
  const double nearest = *std::min_element(distances.begin(), distances.end());
  double sum = 0;
  for (const double d : distances) sum += std::exp(-(d - nearest) / (2 * temperature));
  return 1 / sum;
}

CropClassifier fit_space(std::span<const LabelledFeatures> examples) {
  const Index n = static_cast<Index>(examples.size()), d = static_cast<Index>(examples.front().features.size());
  CropClassifier c;
  MatrixXd x(n, d);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < d; ++j) x(i, j) = static_cast<double>(examples[static_cast<std::size_t>(i)].features[static_cast<std::size_t>(j)]);
  }
  for (Index j = 0; j < d; ++j) {
    const double mean = x.col(j).mean(), sd = std::sqrt((x.col(j).array() - mean).square().mean());
    c.centre.push_back(mean);
    c.scale.push_back(std::max(sd, 1e-6));
    x.col(j) = (x.col(j).array() - mean) / c.scale.back();
  }
  std::map<std::string, std::vector<Index>> members;
  for (Index i = 0; i < n; ++i) members[examples[static_cast<std::size_t>(i)].label].push_back(i);
  MatrixXd within = MatrixXd::Zero(d, d);
  std::vector<VectorXd> means;
  for (const auto& [label, rows] : members) {
    VectorXd mean = VectorXd::Zero(d);
    for (const Index i : rows) mean += x.row(i).transpose();
    mean /= static_cast<double>(rows.size());
    for (const Index i : rows) {
      const VectorXd miss = x.row(i).transpose() - mean;
      within += miss * miss.transpose();
    }
    means.push_back(mean);
    c.classes.push_back({label, static_cast<int>(rows.size()), {}, 0});
  }
  within /= std::max(1.0, static_cast<double>(n - static_cast<Index>(members.size())));
  c.kept = static_cast<int>(d);
  c.whiten = whitening(within);
  c.whiten_all = whitening(x.transpose() * x / static_cast<double>(n));
  for (std::size_t k = 0; k < means.size(); ++k) {
    const VectorXd w = times(c.whiten, means[k]);
    c.classes[k].mean.assign(w.data(), w.data() + w.size());
  }
  return c;
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const std::size_t low = static_cast<std::size_t>(at), high = std::min(low + 1, values.size() - 1);
  return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

}  // namespace

Result<CropClassifier> fit_crop_classifier(std::span<const LabelledFeatures> examples, double known_called_unknown) {
  std::map<std::string, int> counts, limiting;
  for (const auto& example : examples) {
    if (example.features.size() != examples.front().features.size()) {
      return invalid_input("expected features of equal length, found " + std::to_string(example.features.size()) + " and " +
                           std::to_string(examples.front().features.size()));
    }
    ++counts[example.label];
    limiting[example.label] += example.sets_limits;
  }
  if (counts.size() < 2) return invalid_input("expected two or more classes, found " + std::to_string(counts.size()));
  for (const auto& [label, count] : limiting) {
    if (count < 8) return invalid_input("expected 8 or more examples of '" + label + "', found " + std::to_string(count));
  }
  // What examples held out of the fit look like sets temperature and limits.
  std::map<std::string, std::vector<double>> assigned;  // relative distances by nearest class
  std::vector<double> any;
  std::vector<std::pair<std::vector<double>, std::size_t>> held_out;
  std::vector<std::vector<double>> natural;
  for (int fold = 0; fold < kFolds; ++fold) {
    std::vector<LabelledFeatures> rest;
    std::map<std::string, int> seen;
    std::vector<const LabelledFeatures*> left;
    for (const auto& example : examples) {
      // Neighbouring crops of a list often show the same object: hold out runs, not single ones.
      const int position = seen[example.label]++;
      if (position * kFolds / counts[example.label] == fold) left.push_back(&example);
      else rest.push_back(example);
    }
    const CropClassifier part = fit_space(rest);
    for (const LabelledFeatures* example : left) {
      const std::vector<double> distances = squared_distances(whitened(example->features, part), part);
      for (std::size_t k = 0; k < part.classes.size(); ++k) {
        if (part.classes[k].label == example->label) held_out.emplace_back(distances, k);
      }
      if (!example->sets_limits) continue;
      natural.push_back(distances);
      // The class it is nearest to, right or wrong: by that it will be judged.
      const auto nearest = std::min_element(distances.begin(), distances.end());
      const double relative = *nearest - common_distance(example->features, part);
      assigned[part.classes[static_cast<std::size_t>(nearest - distances.begin())].label].push_back(relative);
      any.push_back(relative);
    }
  }
  CropClassifier c = fit_space(examples);
  double best = 1e300;
  for (double t = 0.5; t < 400; t *= 1.15) {
    double loss = 0;
    for (const auto& [distances, truth] : held_out) {
      const double nearest = *std::min_element(distances.begin(), distances.end());
      double sum = 0;
      for (const double d : distances) sum += std::exp(-(d - nearest) / (2 * t));
      loss += (distances[truth] - nearest) / (2 * t) + std::log(sum);
    }
    if (loss < best) best = loss, c.temperature = t;
  }
  std::vector<double> confidences;
  for (const auto& distances : natural) confidences.push_back(confidence_of(distances, c.temperature));
  // Nearly all of the loss is spent on the relative distance, which tells strangers apart better than confidence.
  // Classes far apart make confidences of nearly 1, whose quantile says nothing.
  c.least_confidence = std::min(0.9, quantile(confidences, known_called_unknown * 0.05));
  constexpr std::size_t kFewest = 8;  // of a class; with fewer it takes the limit of all
  for (auto& one : c.classes) {
    const auto& values = assigned[one.label];
    one.limit = quantile(values.size() < kFewest ? any : values, 1 - 0.95 * known_called_unknown);
  }
  return c;
}

Result<void> add_to_class(CropClassifier& classifier, std::span<const LabelledFeatures> examples) {
  if (classifier.empty()) return invalid_input("expected a classifier with classes to add to");
  for (const auto& example : examples) {
    if (example.features.size() != classifier.centre.size()) {
      return invalid_input("expected " + std::to_string(classifier.centre.size()) + " features, found " +
                           std::to_string(example.features.size()));
    }
    const VectorXd w = whitened(example.features, classifier);
    auto found = std::find_if(classifier.classes.begin(), classifier.classes.end(),
                              [&](const auto& one) { return one.label == example.label; });
    if (found == classifier.classes.end()) {
      std::vector<double> limits;
      for (const auto& one : classifier.classes) limits.push_back(one.limit);
      classifier.classes.push_back({example.label, 0, std::vector<double>(static_cast<std::size_t>(w.size()), 0.0),
                                    quantile(limits, 0.5)});
      found = classifier.classes.end() - 1;
    }
    ++found->examples;
    for (std::size_t i = 0; i < found->mean.size(); ++i) {
      found->mean[i] += (w[static_cast<Index>(i)] - found->mean[i]) / found->examples;
    }
  }
  return {};
}

CropClass classify(std::span<const float> features, const CropClassifier& classifier) {
  if (classifier.empty() || features.size() != classifier.centre.size()) return {"unknown", false, 0};
  const std::vector<double> distances = squared_distances(whitened(features, classifier), classifier);
  const std::size_t nearest =
      static_cast<std::size_t>(std::min_element(distances.begin(), distances.end()) - distances.begin());
  const double confidence = confidence_of(distances, classifier.temperature);
  const double relative = distances[nearest] - common_distance(features, classifier);
  if (confidence < classifier.least_confidence || relative > classifier.classes[nearest].limit) {
    return {"unknown", false, confidence};
  }
  return {classifier.classes[nearest].label, true, confidence};
}

std::string to_text(const CropClassifier& c) {
  TomlWriter toml;
  toml.put("kept", static_cast<std::int64_t>(c.kept)).put("temperature", c.temperature);
  toml.put("least_confidence", c.least_confidence);
  toml.put("centre", std::span(c.centre)).put("scale", std::span(c.scale)).put("whiten", std::span(c.whiten)).put("whiten_all", std::span(c.whiten_all));
  for (const auto& one : c.classes) {
    toml.item("class").put("label", one.label).put("examples", static_cast<std::int64_t>(one.examples));
    toml.put("limit", one.limit).put("mean", std::span(one.mean));
  }
  return toml.text();
}

Result<CropClassifier> crop_classifier_from_text(std::string_view text, const std::string& origin) {
  auto config = Config::parse(text, origin);
  if (!config) return config.error();
  CropClassifier c;
  auto kept = config->integer("kept", 1, 1024);
  auto temperature = config->number("temperature", 1e-6, 1e6), least = config->number("least_confidence", 0, 1);
  auto centre = config->numbers("centre"), scale = config->numbers("scale"), whiten = config->numbers("whiten"),
       whiten_all = config->numbers("whiten_all");
  if (!kept) return kept.error();
  if (!temperature) return temperature.error();
  if (!least) return least.error();
  if (!centre) return centre.error();
  if (!scale) return scale.error();
  if (!whiten) return whiten.error();
  if (!whiten_all) return whiten_all.error();
  c.kept = static_cast<int>(*kept);
  c.temperature = *temperature;
  c.least_confidence = *least;
  c.centre = std::move(*centre);
  c.scale = std::move(*scale);
  c.whiten = std::move(*whiten);
  c.whiten_all = std::move(*whiten_all);
  if (c.centre.empty() || c.scale.size() != c.centre.size() ||
      c.whiten.size() != static_cast<std::size_t>(c.kept) * c.centre.size() ||
      c.whiten_all.size() != c.centre.size() * c.centre.size()) {
    return corrupt(origin + ": centre, scale and whiten of the classifier do not fit together");
  }
  for (const double value : c.scale) {
    if (!(value > 0)) return corrupt(origin + ": expected scales above 0");
  }
  for (const Config& table : config->tables("class")) {
    CropClassifier::Class one;
    auto label = table.text("label");
    auto examples = table.integer("examples", 0, 1 << 30);
    auto limit = table.number("limit", -1e12, 1e12);
    auto mean = table.numbers("mean");
    if (!label) return label.error();
    if (!examples) return examples.error();
    if (!limit) return limit.error();
    if (!mean) return mean.error();
    if (mean->size() != static_cast<std::size_t>(c.kept)) return corrupt(table.where() + ": expected a mean of " + std::to_string(c.kept));
    c.classes.push_back({*label, static_cast<int>(*examples), std::move(*mean), *limit});
  }
  if (c.classes.size() > 256) return corrupt(origin + ": expected up to 256 classes");
  return c;
}

}  // namespace beltwarden::vision
