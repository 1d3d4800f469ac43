#include "inspect/impurity_classification.h"

#include "inspect/object_events.h"
#include "inspect/round.h"
#include "science/vision/impurity_classifier.h"

namespace beltwarden::inspect {
namespace {

class ImpurityClassification final : public Inspector {
 public:
  ImpurityClassification(InspectorInfo info, std::vector<vision::BrandAppearance> brands,
                         vision::ImpurityClassifier classifier)
      : info_(std::move(info)), objects_(std::move(brands)), classifier_(std::move(classifier)) {}

  const InspectorInfo& info() const override { return info_; }

  void observe(const material::Observation& observation, const FindingSink& say) override {
    if (!info_.fitted) return;
    for (const auto& object : objects_.observe(observation)) {
      // The brand's network has seen the crop itself; colour and shape decide where it was not asked.
      const auto& named = object.event.best;
      const auto impurity = named.label.empty() ? vision::classify(named.features, classifier_)
                                                : vision::Impurity{named.label, named.label_confidence};
      wire::Finding finding;
      finding.where = object.where;
      finding.time = object.time;
      finding.verdict = wire::Verdict::kSuspect;
      finding.code = "impurity";
      finding.label = impurity.label;
      finding.confidence = rounded(impurity.confidence, 100);
      wire::Evidence evidence;
      evidence.kind = "frame";
      evidence.media_type = "image/jpeg";
      evidence.digest = object.digest;
      evidence.instrument = object.camera;
      evidence.frame_number = object.event.best_frame;
      const auto& best = object.event.best;
      evidence.box = material::Box{best.x, best.y, best.w, best.h};
      finding.evidence.push_back(std::move(evidence));
      say(std::move(finding));
    }
  }

  std::vector<TonneInterval> close_slice(const material::SliceClosed& slice, const std::vector<TonneInterval>& seen,
                                         const FindingSink&) override {
    return info_.fitted ? objects_.judged(slice, seen) : std::vector<TonneInterval>{};
  }

 private:
  InspectorInfo info_;
  ObjectEvents objects_;
  vision::ImpurityClassifier classifier_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_impurity_classification(const InspectorSources& sources) {
  InspectorInfo info{.name = "impurity_classification", .instrument_kinds = {"camera"}};
  std::vector<vision::BrandAppearance> brands;
  vision::ImpurityClassifier classifier;
  const std::string_view bytes = sources.model(info.name), limits = sources.model("inclusion_recognition");
  if (!bytes.empty() && !limits.empty()) {
    auto read_brands = vision::appearances_from_text(limits, "model inclusion_recognition");
    if (!read_brands) return read_brands.error();
    auto read = vision::classifier_from_text(bytes, "model impurity_classification");
    if (!read) return read.error();
    brands = std::move(*read_brands);
    classifier = std::move(*read);
    info.fitted = !brands.empty() && !classifier.classes.empty();
    info.version = info.fitted ? sources.version : "";
  }
  return std::unique_ptr<Inspector>(
      std::make_unique<ImpurityClassification>(std::move(info), std::move(brands), std::move(classifier)));
}

}  // namespace beltwarden::inspect
