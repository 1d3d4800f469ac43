#include "inspect/inclusion_recognition.h"

#include "inspect/heat_evidence.h"
#include "inspect/object_events.h"
#include "inspect/round.h"

namespace beltwarden::inspect {
namespace {

constexpr double kLargeMm = 300;

class InclusionRecognition final : public Inspector {
 public:
  InclusionRecognition(InspectorInfo info, std::vector<vision::BrandAppearance> brands)
      : info_(std::move(info)), objects_(std::move(brands)) {}

  const InspectorInfo& info() const override { return info_; }

  void observe(const material::Observation& observation, const FindingSink& say) override {
    if (!info_.fitted) return;
    for (const auto& object : objects_.observe(observation)) {
      const auto& best = object.event.best;
      wire::Finding finding;
      finding.where = object.where;
      finding.time = object.time;
      finding.verdict = wire::Verdict::kSuspect;
      finding.priority = best.length_mm >= kLargeMm ? wire::Priority::kHigh : wire::Priority::kMedium;
      finding.code = "inclusion";
      finding.measured.push_back({.name = "length", .value = rounded(best.length_mm, 1), .unit = "mm"});
      finding.measured.push_back({.name = "width", .value = rounded(best.width_mm, 1), .unit = "mm"});
      finding.measured.push_back(
          {.name = "strength", .value = rounded(best.strength, 100), .unit = "1", .high = rounded(object.limit, 100)});
      finding.measured.push_back({.name = "one_in_clean_frames", .value = vision::one_in(object.false_per_frame), .unit = "1"});
      wire::Evidence evidence;
      evidence.kind = "frame";
      evidence.media_type = "image/jpeg";
      evidence.digest = object.digest;
      evidence.instrument = object.camera;
      evidence.frame_number = object.event.best_frame;
      evidence.box = material::Box{best.x, best.y, best.w, best.h};
      auto heat = heat_evidence(object.heat, evidence, object.width_px, object.height_px);
      finding.evidence.push_back(std::move(evidence));
      if (heat) finding.evidence.push_back(std::move(*heat));
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
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_inclusion_recognition(const InspectorSources& sources) {
  InspectorInfo info{.name = "inclusion_recognition", .instrument_kinds = {"camera"}};
  std::vector<vision::BrandAppearance> brands;
  const std::string_view bytes = sources.model(info.name);
  if (!bytes.empty()) {
    auto read = vision::appearances_from_text(bytes, "model inclusion_recognition");
    if (!read) return read.error();
    brands = std::move(*read);
    info.fitted = !brands.empty();
    info.version = info.fitted ? sources.version : "";
  }
  return std::unique_ptr<Inspector>(std::make_unique<InclusionRecognition>(std::move(info), std::move(brands)));
}

}  // namespace beltwarden::inspect
