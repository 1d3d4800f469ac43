#include "inspect/slag_comparison.h"

#include <algorithm>
#include <map>
#include <optional>

#include "inspect/round.h"
#include "inspect/spectral_inspector.h"

namespace beltwarden::inspect {
namespace {

constexpr double kAtOnce = 3;             // index relative to its limit
constexpr double kMostDistance = 1000;

double distance_of(const SliceJudgement& j) {
  // Against the brand that it is, when that is another known one: a wrong brand is not slag.
  const double index = j.material == Material::kOtherBrand ? j.nearest_index : j.index;
  return std::min(kMostDistance, index);
}

struct LotState {
  std::optional<wire::Finding> pending;   // a foreign slice that waits for its neighbour
  bool pending_strong = false;
  bool after_other_brand = false;         // the slice before it was another brand
  bool in_stretch = false;                // an alarm has been asked for and the stretch goes on
  Material last = Material::kNotSeen;
};

class SlagComparison final : public SpectralInspector {
 public:
  using SpectralInspector::SpectralInspector;

 private:
  std::vector<TonneInterval> judge(const SliceView& slice, const FindingSink& say) override {
    auto& lot = lots_[slice.closed.interval.lot];
    const auto& j = slice.judgement;
    const Material before = std::exchange(lot.last, j.material);
    const bool foreign = j.material == Material::kForeign;
    if (foreign) {
      auto finding = suspect(slice);
      if (lot.in_stretch) {
        say(std::move(finding));
      } else if (lot.pending) {
        alarm(std::move(*lot.pending), lot, say);
        say(std::move(finding));
      } else {
        lot.pending = std::move(finding);
        lot.pending_strong = j.index > kAtOnce;
        lot.after_other_brand = before == Material::kOtherBrand;
        if (slice.closed.last_of_lot && lot.pending_strong && !lot.after_other_brand) alarm(std::move(*lot.pending), lot, say);
      }
    } else if (j.material != Material::kNotSeen) {
      if (lot.pending && lot.pending_strong && !lot.after_other_brand && j.material != Material::kOtherBrand) {
        alarm(std::move(*lot.pending), lot, say);
      }
      lot.pending.reset();
      lot.in_stretch = false;
    }
    if (j.models == nullptr) return {};
    say_distance(slice, foreign, say);
    return slice.seen;
  }

  void ended(const LotId& lot) override { lots_.erase(lot); }

  void alarm(wire::Finding finding, LotState& lot, const FindingSink& say) {
    lot.pending.reset();
    lot.in_stretch = true;
    say(std::move(finding));
  }

  wire::Finding suspect(const SliceView& slice) const {
    auto finding = finding_about(slice.closed.interval, slice.spectrum.time, wire::Verdict::kSuspect, "slag_suspect");
    finding.label = "slag";
    finding.priority = wire::Priority::kHigh;
    finding.measured.push_back(
        {.name = "slag_distance", .value = rounded(distance_of(slice.judgement), kSpectralSteps), .unit = "1", .high = 1});
    if (auto evidence = spectrum_evidence(models(), slice.spectrum, slice.plan.brand)) finding.evidence.push_back(std::move(*evidence));
    return finding;
  }

  void say_distance(const SliceView& slice, bool foreign, const FindingSink& say) {
    auto finding = finding_about(slice.closed.interval, slice.spectrum.time, wire::Verdict::kOk, "slice");
    finding.label = foreign ? "" : slice.judgement.models->name;
    finding.measured.push_back(
        {.name = "slag_distance", .value = rounded(distance_of(slice.judgement), kSpectralSteps), .unit = "1", .high = 1});
    say(std::move(finding));
  }

  std::map<LotId, LotState> lots_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_slag_comparison(const InspectorSources& sources) {
  auto models = SpectralModels::make(sources);
  if (!models) return models.error();
  InspectorInfo info{.name = "slag_comparison", .instrument_kinds = {"spectrometer"}};
  info.fitted = models->can_screen();
  info.version = info.fitted ? sources.version : "";
  return std::unique_ptr<Inspector>(std::make_unique<SlagComparison>(std::move(info), std::move(*models)));
}

}  // namespace beltwarden::inspect
