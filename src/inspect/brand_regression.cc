#include "inspect/brand_regression.h"

#include <algorithm>
#include <map>
#include <string>

#include "inspect/round.h"
#include "inspect/spectral_inspector.h"

namespace beltwarden::inspect {
namespace {

constexpr double kFarOff = 5;               // screen index relative to its limit: one slice is enough
// Confidence of the declared brand by identity. It is reckoned for single readings and so says less than a mean of several
// knows. Measured at 0.30, not at this limit, before the rule stood: on generated ore 0.6 % of clean slices of the two brands most alike fall below, never six running; 75 % do when the
// one is delivered for the other.
constexpr double kUnlikely = 0.25;
constexpr int kSlicesUnlikely = 8;          // slices running

struct LotState {
  struct Run {                              // slices running that point to one other brand
    std::string brand;
    int slices = 0;
    Tonnes from{0};
    void take(bool holds, const std::string& of, Tonnes at) {
      if (!holds || of != brand) slices = 0;
      if (slices == 0) from = at;
      brand = of;
      slices += holds;
    }
  };
  Run other;                                // that fit it and not the declared one
  Run likelier;                             // that identity finds likelier, whatever their fit
  bool wrong = false, hazed = false;        // the slice before was
};

class BrandRegression final : public SpectralInspector {
 public:
  BrandRegression(InspectorInfo info, std::shared_ptr<SpectralLine> line, std::vector<InspectorSources::Limit> limits)
      : SpectralInspector(std::move(info), std::move(line)), limits_(std::move(limits)) {}

 private:
  void planned(const material::LotPlan& plan, Time time, const FindingSink& say) override {
    // Without a one-class model of the brand nothing is judged, whether or not a regression of the desk knows it.
    if (const auto* known = models().find(plan.brand); known != nullptr && known->shape) return;
    auto finding = finding_about({plan.lot, {}}, time, wire::Verdict::kDontKnow, "unknown_brand");
    finding.label = plan.brand;
    say(std::move(finding));
  }

  std::vector<TonneInterval> judge(const SliceView& slice, const FindingSink& say) override {
    auto& lot = lots_[slice.closed.interval.lot];
    const auto& j = slice.judgement;
    if (j.material == Material::kNotSeen || j.material == Material::kUnknownBrand || j.material == Material::kSickInstrument) return {};
    if (j.material == Material::kHazed) {
      say_hazed(slice, lot, say);
      return {};
    }
    lot.hazed = false;
    const bool wrong = is_wrong(slice, lot);
    if (wrong) say_wrong(slice, lot, say);
    lot.wrong = wrong;
    if (j.composition.empty()) return {};
    const bool known = j.calibrated() && j.material != Material::kForeign;
    say_composition(slice, known, say);
    return known ? slice.seen : std::vector<TonneInterval>{};
  }

  void ended(const LotId& lot) override { lots_.erase(lot); }

  static bool is_wrong(const SliceView& slice, LotState& lot) {
    const auto& j = slice.judgement;
    const bool other = j.material == Material::kOtherBrand;
    const auto from = slice.closed.interval.tonnes.from;
    lot.other.take(other, j.nearest, from);
    lot.likelier.take(j.material != Material::kForeign && j.nearest != slice.plan.brand && j.declared_confidence < kUnlikely,
                      j.nearest, from);
    return lot.other.slices >= 2 || (other && j.index > kFarOff) || lot.likelier.slices >= kSlicesUnlikely;
  }

  void say_wrong(const SliceView& slice, const LotState& lot, const FindingSink& say) {
    const auto& j = slice.judgement;
    auto finding = finding_about(slice.closed.interval, slice.spectrum.time, wire::Verdict::kSuspect, "wrong_brand");
    if (!lot.wrong) finding.where.tonnes.from = std::min(lot.other.slices > 0 ? lot.other.from : lot.likelier.from, finding.where.tonnes.from);
    finding.priority = wire::Priority::kHigh;
    finding.label = j.nearest;
    finding.confidence = rounded(j.confidence, kSpectralSteps);
    finding.measured.push_back({.name = "brand_distance", .value = rounded(j.index, kSpectralSteps), .unit = "1", .high = 1});
    finding.measured.push_back(
        {.name = "nearest_brand_distance", .value = rounded(j.nearest_index, kSpectralSteps), .unit = "1", .high = 1});
    if (auto evidence = spectrum_evidence(models(), slice.spectrum, slice.plan.brand)) finding.evidence.push_back(std::move(*evidence));
    say(std::move(finding));
  }

  void say_hazed(const SliceView& slice, LotState& lot, const FindingSink& say) {
    const auto& j = slice.judgement;
    auto finding = finding_about(slice.closed.interval, slice.spectrum.time, wire::Verdict::kSuspect, "dirty_window");
    finding.priority = wire::Priority::kMedium;
    finding.measured.push_back({.name = "dark_level", .value = rounded(j.dark, kSpectralSteps), .unit = "sd"});
    finding.measured.push_back({.name = "contrast", .value = rounded(j.contrast, kSpectralSteps), .unit = "sd"});
    const auto& shown = j.nearest.empty() ? slice.plan.brand : j.nearest;
    if (!lot.hazed) {
      if (auto evidence = spectrum_evidence(models(), slice.spectrum, shown)) finding.evidence.push_back(std::move(*evidence));
    }
    lot.hazed = true;
    say(std::move(finding));
  }

  void say_composition(const SliceView& slice, bool known, const FindingSink& say) {
    const auto& j = slice.judgement;
    auto finding = finding_about(slice.closed.interval, slice.spectrum.time, known ? wire::Verdict::kOk : wire::Verdict::kDontKnow,
                                 known ? "slice" : "outside_calibration");
    finding.label = j.models->name;
    finding.confidence = rounded(j.confidence, kSpectralSteps);
    for (const auto& c : j.composition) {
      wire::Measured m{.name = c.name, .value = rounded(c.value, kSpectralSteps), .std_error = rounded(c.std_error, kSpectralSteps), .unit = "%"};
      if (const auto it = slice.plan.declared_composition.find(c.name); it != slice.plan.declared_composition.end()) m.expected = it->second;
      if (const auto* limit = limit_in_percent(limits_, c.name, slice.plan.brand)) m.high = limit->high;
      finding.measured.push_back(std::move(m));
    }
    if (known) {
      say(std::move(finding));
      return;
    }
    // Why it is not known.
    finding.measured.push_back({.name = "t2_ratio", .value = rounded(j.t2_ratio, kSpectralSteps), .unit = "1", .high = 1});
    finding.measured.push_back({.name = "q_ratio", .value = rounded(j.q_ratio, kSpectralSteps), .unit = "1", .high = 1});
    say(std::move(finding));
  }

  std::vector<InspectorSources::Limit> limits_;
  std::map<LotId, LotState> lots_;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_brand_regression(const InspectorSources& sources) {
  auto made = spectral_line_of(sources);
  if (!made) return made.error();
  const auto& models = (*made)->models();
  InspectorInfo info{.name = "brand_regression", .instrument_kinds = {"spectrometer"}};
  info.fitted = models.can_regress() && models.can_screen();
  info.version = info.fitted ? sources.version : "";
  return std::unique_ptr<Inspector>(std::make_unique<BrandRegression>(std::move(info), std::move(*made), sources.limits));
}

}  // namespace beltwarden::inspect
