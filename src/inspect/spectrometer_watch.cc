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
  SpectrometerWatch(InspectorInfo info, SpectralModels models, std::optional<spectra::LineReference> reference)
      : SpectralInspector(std::move(info), std::move(models)), reference_(std::move(reference)) {}

 private:
  std::vector<TonneInterval> judge(const SliceView& slice, const FindingSink& say) override {
    const auto material = slice.judgement.material;
    // Foreign matter bends a spectrum too, and thick haze has its alarm already.
    if (slice.spectrum.readings == 0 || (material != Material::kDeclared && material != Material::kOtherBrand)) return {};
    const auto& brands = reference_->brands();
    const auto brand = std::ranges::find(brands, slice.judgement.models->name);
    const auto signs = reference_->measure(slice.spectrum.reflectance, brand == brands.end() ? -1 : static_cast<int>(brand - brands.begin()));
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

  std::optional<spectra::LineReference> reference_;
  spectra::LineMonitor monitor_;
  LineFault said_ = LineFault::kNone;
};

}  // namespace

Result<std::unique_ptr<Inspector>> make_spectrometer_watch(const InspectorSources& sources) {
  auto models = SpectralModels::make(sources);
  if (!models) return models.error();
  std::optional<spectra::LineReference> reference;
  if (const auto bytes = sources.model("spectrometer_health"); !bytes.empty()) {
    auto read = spectra::LineReference::from_bytes(bytes);
    if (!read) return read.error().within("models/spectrometer_health.bin");
    if (read->axis_nm() != models->axis_nm()) {
      return invalid_input("models/spectrometer_health.bin: its wavelength axis is not that of the other spectral models of the pack");
    }
    reference = std::move(*read);
  }
  InspectorInfo info{.name = "spectrometer_health", .instrument_kinds = {"spectrometer"}};
  info.fitted = reference.has_value() && models->can_screen();
  info.version = info.fitted ? sources.version : "";
  return std::unique_ptr<Inspector>(
      std::make_unique<SpectrometerWatch>(std::move(info), std::move(*models), std::move(reference)));
}

}  // namespace beltwarden::inspect
