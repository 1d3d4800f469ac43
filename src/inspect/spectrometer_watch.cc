#include "inspect/spectrometer_watch.h"

#include <algorithm>
#include <string>

#include "inspect/round.h"
#include "inspect/spectral_inspector.h"
#include "science/spectra/line_health.h"

namespace beltwarden::inspect {
namespace {

using spectra::LineFault;

constexpr double kRepeatTonnes = 500;

class SpectrometerWatch final : public SpectralInspector {
 public:
  using SpectralInspector::SpectralInspector;

 private:
  std::vector<TonneInterval> judge(const SliceView& slice, const FindingSink& say) override {
    const auto material = slice.judgement.material;
    // Foreign matter that no fault explains bends a spectrum too, and thick haze has its alarm already.
    if (slice.spectrum.readings == 0 || (material != Material::kDeclared && material != Material::kOtherBrand && material != Material::kSickInstrument)) return {};
    auto signs = slice.judgement.signs;
    if (material == Material::kOtherBrand) {
      const auto& brands = models().line()->brands();
      const auto brand = std::ranges::find(brands, slice.judgement.models->name);
      if (brand != brands.end()) signs = models().line()->measure(slice.spectrum.on[models().axis_of().line], static_cast<int>(brand - brands.begin()));
    }
    if (!signs.valid) return {};
    const auto judged = monitor_.step(signs);
    if (judged.fault == LineFault::kNone) {
      said_ = LineFault::kNone;
    } else if (judged.fault != said_ || passes(slice.closed.interval.tonnes, kRepeatTonnes)) {
      say_fault(slice, judged, say);
      said_ = judged.fault;
    }
    return slice.seen;
  }

  void ended(const LotId&) override {}

  static void say_fault(const SliceView& slice, const spectra::LineMonitor::Judgement& judged, const FindingSink& say) {
    auto finding = finding_about(slice.closed.interval, slice.spectrum.time, wire::Verdict::kSuspect, std::string(name_of(judged.fault)));
    finding.priority = wire::Priority::kLow;
    const bool nm = judged.fault == LineFault::kWavelengthShift;
    finding.measured.push_back({.name = finding.code, .value = rounded(nm ? judged.size : 100 * judged.size, kSpectralSteps),
                                .unit = nm ? "nm" : "%"});
    finding.measured.push_back({.name = "slices", .value = static_cast<double>(judged.slices), .unit = "1"});
    say(std::move(finding));
  }

  spectra::LineMonitor monitor_;
  LineFault said_ = LineFault::kNone;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_spectrometer_watch(const InspectorSources& sources) {
  auto made = spectral_line_of(sources);
  if (!made) return made.error();
  const auto& models = (*made)->models();
  InspectorInfo info{.name = "spectrometer_health", .instrument_kinds = {"spectrometer"}};
  info.fitted = models.line().has_value() && models.can_screen();
  info.version = info.fitted ? sources.version : "";
  return std::unique_ptr<Inspector>(std::make_unique<SpectrometerWatch>(std::move(info), std::move(*made)));
}

}  // namespace beltwarden::inspect
