#include <algorithm>

#include "apps/lab/vision/evaluation.h"
#include "apps/lab/vision/picture_folder.h"

namespace beltwarden::lab {

namespace {

struct Counts {
  double right = 0, said = 0, there = 0;
};

// What a classifier makes of examples whose class it knows.
struct Outcome {
  std::map<std::string, Counts> counts;
  double unknown = 0, known = 0;
};

Outcome judge(const std::vector<vision::LabelledFeatures>& examples, const vision::CropClassifier& classifier,
              const std::string& but) {
  Outcome out;
  for (const auto& example : examples) {
    if (example.label == but) continue;
    const vision::CropClass what = vision::classify(example.features, classifier);
    out.known += 1;
    out.unknown += !what.known;
    out.counts[example.label].there += 1;
    out.counts[example.label].right += what.known && what.label == example.label;
    if (what.known) out.counts[what.label].said += 1;
  }
  return out;
}

double share_unknown(const std::vector<vision::LabelledFeatures>& examples, const std::string& of,
                     const vision::CropClassifier& classifier) {
  double unknown = 0, all = 0;
  for (const auto& example : examples) {
    if (example.label != of) continue;
    all += 1;
    unknown += !vision::classify(example.features, classifier).known;
  }
  return unknown / std::max(1.0, all);
}

}  // namespace

Result<CropFigures> evaluate_crops(const VisionModel& model, const std::string& folder, const Light& light, bool leave_out, const Progress& progress) {
  auto labels = CsvTable::read(folder + "/labels.csv");
  if (!labels) return labels.error();
  auto crop = labels->column("crop"), label = labels->column("class");
  if (!crop) return crop.error();
  if (!label) return label.error();
  const bool sets = labels->has("set");
  const std::size_t set = sets ? *labels->column("set") : 0;
  auto opened_detector = open_detector(model);
  if (!opened_detector) return opened_detector.error();
  vision::Detector& detector = *opened_detector;
  std::vector<vision::LabelledFeatures> train, known, strangers;
  const auto& classes = model.classifier.classes;
  for (std::size_t r = 0; r < labels->rows(); ++r) {
    progress(static_cast<double>(r) / static_cast<double>(labels->rows()));
    const bool training = sets && labels->at(r, set) == "train";
    if (training && !leave_out) continue;
    auto picture = read_picture(folder + "/" + labels->at(r, *crop));
    if (!picture) return picture.error();
    if (!training) relight(*picture, light);
    const std::string& name = labels->at(r, *label);
    const bool is_known = std::any_of(classes.begin(), classes.end(), [&](const auto& one) { return one.label == name; });
    if (training) {
      auto examples = crop_examples(detector, *picture);
      if (!examples) return examples.error();
      for (std::size_t k = 0; k < examples->size(); ++k) train.push_back({std::move((*examples)[k]), name, k == 0});
      continue;
    }
    auto features = detector.crop_features(picture->view());
    if (!features) return features.error();
    (is_known ? known : strangers).push_back({std::move(*features), name});
  }
  CropFigures out;
  const Outcome all = judge(known, model.classifier, "");
  for (const auto& [name, c] : all.counts) {
    if (c.there == 0) continue;
    out.f1[name] = 2 * c.right / (c.said + c.there);
    out.macro_f1 += out.f1[name];
  }
  out.macro_f1 /= std::max<double>(1, static_cast<double>(out.f1.size()));
  out.known_called_unknown = all.unknown / std::max(1.0, all.known);
  for (const auto& one : strangers) out.strangers_called_unknown += !vision::classify(one.features, model.classifier).known;
  out.strangers = static_cast<int>(strangers.size());
  out.strangers_called_unknown /= std::max(1, out.strangers);
  for (const auto& one : classes) {
    if (train.empty() || classes.size() < 3) break;
    std::vector<vision::LabelledFeatures> rest;
    for (const auto& example : train) {
      if (example.label != one.label) rest.push_back(example);
    }
    auto without = vision::fit_crop_classifier(rest, kKnownCalledUnknown);
    if (!without) return without.error();
    const Outcome others = judge(known, *without, one.label);
    out.left_out[one.label] = {share_unknown(known, one.label, *without), others.unknown / std::max(1.0, others.known)};
  }
  return out;
}

}  // namespace beltwarden::lab
