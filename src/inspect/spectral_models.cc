#include "inspect/spectral_models.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "science/spectra/bundle.h"

namespace beltwarden::inspect {
namespace {

// Light levels of a healthy window, in standard deviations of clean slices. On generated ore, wet and dry, of lots not
// trained on, clean slices stay within -5 ... +3.5; haze of a fifth puts the darkest bands above +5.7.
constexpr double kHazeDark = 4.5;
constexpr double kHazeContrast = 1;       // haze never adds contrast; pale foreign matter may
constexpr double kBlindDark = 12, kBlindContrast = -12;   // so much haze that the shape no longer counts
constexpr double kFaint = -8;             // both levels: light is missing
constexpr double kPale = 1;
constexpr double kShapeFits = 2;          // screen index relative to its limit
// Share of what is strange that one fault of the instrument must explain for the ore not to be suspected. Slag of every kind and content in
// every generated brand stays below .6 (test `InstrumentHealth.SlagIsNoSickInstrument`).
constexpr double kExplainedByFault = 0.8, kExplainedByLayer = 0.7;   // how much belt shows is no straight line, so less is explained
constexpr double kBeltSeen = 0.8;
constexpr double kStrange = 1.3;           // deviation relative to that of usual slices

// The fault that alone bends the spectrum so; haze has rules of its own.
bool is_sick(const spectra::LineReference::Signs& signs) {
  using spectra::LineFault;
  if (!signs.valid) return false;
  return signs[LineFault::kLampFading].explained >= kExplainedByFault || signs[LineFault::kWavelengthShift].explained >= kExplainedByFault ||
         signs[LineFault::kLayerTooLow].explained >= kExplainedByLayer;
}

double relative_index(const std::optional<spectra::OneClass>& model, const SliceSpectrum& slice, JudgeScratch& scratch) {
  if (!model) return 0;
  const auto j = model->judge(slice.reflectance, slice.readings, scratch.screen);
  return j.valid ? j.index / j.limit : 0;
}

double shape_index(const SpectralModels::Brand* brand, const SliceSpectrum& slice, JudgeScratch& scratch) {
  return brand == nullptr ? 0 : relative_index(brand->screen, slice, scratch);
}

void compose(const SliceSpectrum& slice, JudgeScratch& scratch, SliceJudgement& out) {
  if (out.models == nullptr || !out.models->regression) return;
  const auto& regression = *out.models->regression;
  regression.predict(slice.reflectance, slice.readings, scratch.regression, scratch.predictions);
  for (std::size_t i = 0; i < scratch.predictions.size(); ++i) {
    const auto& p = scratch.predictions[i];
    if (p.verdict == spectra::FitVerdict::kInvalid) continue;
    out.composition.push_back({regression.responses()[i].name, p.value, p.std_error});
    out.t2_ratio = std::max(out.t2_ratio, p.t2 / p.t2_limit);
    out.q_ratio = std::max(out.q_ratio, p.q / p.q_limit);
  }
}

void append(std::string& out, double value) {
  char text[32];
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  // Four decimals are a hundredth of a per cent of reflectance.
  const auto end = std::to_chars(text, text + sizeof text, std::round(value * 1e4) / 1e4).ptr;
  out.append(text, end);
}

template <class Values>
void append(std::string& out, const char* key, const Values& values) {
  out += '"';
  out += key;
  out += "\":[";
  bool first = true;
  for (double v : values) {
    if (!first) out += ',';
    first = false;
    append(out, v);
  }
  out += "],";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c >= 0x20) out += static_cast<char>(c);
  }
  return out + '"';
}

}  // namespace

Result<void> SpectralModels::same_axis(const std::vector<double>& axis_nm, const std::string& what) {
  if (axis_nm_.empty()) axis_nm_ = axis_nm;
  if (axis_nm_ == axis_nm) return {};
  return invalid_input(what + ": its wavelength axis is not that of the other spectral models of the pack");
}

SpectralModels::Brand& SpectralModels::brand(std::string_view name) {
  const auto it = std::ranges::find(brands_, name, &Brand::name);
  if (it != brands_.end()) return *it;
  brands_.push_back({std::string(name), {}, {}, {}, {}, {}});
  return brands_.back();
}

Result<void> SpectralModels::add(std::string_view bytes) {
  if (bytes.empty()) return {};
  auto bundle = spectra::read_bundle(bytes);
  if (!bundle) return bundle.error();
  for (const auto& [name, part] : *bundle) {
    if (const auto of = spectra::name_after(name, "regression"); !of.empty()) {
      auto model = spectra::RegressionModel::from_bytes(part);
      if (!model) return model.error().within(name);
      if (auto ok = same_axis(model->treatment().axis_nm(), name); !ok) return ok;
      brand(of).regression = std::move(*model);
      ++regressions_;
    } else if (const auto screened = spectra::name_after(name, "screen"); !screened.empty()) {
      auto model = spectra::OneClass::from_bytes(part);
      if (!model) return model.error().within(name);
      if (auto ok = same_axis(model->treatment().axis_nm(), name); !ok) return ok;
      brand(screened).screen = std::move(*model);
      ++screens_;
    } else if (const auto levelled = spectra::name_after(name, "level"); !levelled.empty()) {
      auto model = spectra::OneClass::from_bytes(part);
      if (!model) return model.error().within(name);
      if (auto ok = same_axis(model->treatment().axis_nm(), name); !ok) return ok;
      brand(levelled).level = std::move(*model);
    } else if (const auto shown = spectra::name_after(name, "envelope"); !shown.empty()) {
      auto model = spectra::Envelope::from_bytes(part);
      if (!model) return model.error().within(name);
      if (auto ok = same_axis(model->axis_nm(), name); !ok) return ok;
      brand(shown).envelope = std::move(*model);
    } else if (const auto slagged = spectra::name_after(name, "slag"); !slagged.empty()) {
      auto model = spectra::SlagScreen::from_bytes(part);
      if (!model) return model.error().within(name);
      if (auto ok = same_axis(model->treatment().axis_nm(), name); !ok) return ok;
      brand(slagged).slag = std::move(*model);
    } else {
      return invalid_input("spectral models: unknown part '" + name + "'");
    }
  }
  return {};
}

Result<SpectralModels> SpectralModels::make(const InspectorSources& sources) {
  SpectralModels m;
  for (const char* name : {"brand_regression", "slag_comparison"}) {
    if (auto ok = m.add(sources.model(name)); !ok) return ok.error().within(std::string("models/") + name + ".bin");
  }
  if (const auto bytes = sources.model("brand_identity"); !bytes.empty()) {
    auto identity = spectra::Identity::from_bytes(bytes);
    if (!identity) return identity.error().within("models/brand_identity.bin");
    if (auto ok = m.same_axis(identity->treatment().axis_nm(), "models/brand_identity.bin"); !ok) return ok.error();
    m.identity_ = std::move(*identity);
  }
  if (const auto bytes = sources.model("spectrometer_health"); !bytes.empty()) {
    auto line = spectra::LineReference::from_bytes(bytes);
    if (!line) return line.error().within("models/spectrometer_health.bin");
    if (auto ok = m.same_axis(line->axis_nm(), "models/spectrometer_health.bin"); !ok) return ok.error();
    m.line_ = std::move(*line);
  }
  return m;
}

const SpectralModels::Brand* SpectralModels::find(std::string_view name) const {
  const auto it = std::ranges::find(brands_, name, &Brand::name);
  return it == brands_.end() ? nullptr : &*it;
}

SliceJudgement judge_slice(const SpectralModels& models, const SliceSpectrum& slice, const std::string& declared_brand,
                           JudgeScratch& scratch) {
  SliceJudgement out;
  if (slice.unfit > slice.readings) {
    out.material = Material::kHazed;
    return out;
  }
  if (slice.readings == 0 || !models.can_screen()) return out;
  // Before identity: the belt alone is flat, and no brand's.
  if (const auto& line = models.line()) {
    const auto at = std::ranges::find(line->brands(), declared_brand);
    out.signs = line->measure(slice.reflectance, at == line->brands().end() ? -1 : static_cast<int>(at - line->brands().begin()));
    if (out.signs.valid && out.signs.belt_likeness >= kBeltSeen) {
      out.material = Material::kSickInstrument;
      return out;
    }
  }
  const auto* declared = models.find(declared_brand);
  const auto* nearest = declared;
  if (const auto& identity = models.identity()) {
    std::vector<double> confidences;
    const auto j = identity->judge(slice.reflectance, scratch.identity, &confidences);
    if (!j.valid) return out;
    out.nearest = identity->classes()[static_cast<std::size_t>(j.class_index)];
    out.confidence = j.confidence;
    const int of_declared = identity->index_of(declared_brand);
    out.declared_confidence = of_declared >= 0 ? confidences[static_cast<std::size_t>(of_declared)] : 0;
    nearest = models.find(out.nearest);
  }
  out.index = shape_index(declared, slice, scratch);
  out.nearest_index = nearest == declared ? out.index : shape_index(nearest, slice, scratch);
  // Haze leaves the shape of the spectrum alone, so that the nearest brand is still the right one to compare with.
  if (const auto* seen = nearest != nullptr ? nearest : declared; seen != nullptr && seen->envelope) {
    const auto level = seen->envelope->level(slice.reflectance);
    if (!level.valid) return out;
    out.dark = level.dark;
    out.contrast = level.contrast;
    const bool fits = std::min(declared != nullptr ? out.index : out.nearest_index, out.nearest_index) <= kShapeFits;
    if ((out.dark > kHazeDark && out.contrast < kHazeContrast && fits) ||
        (out.dark > kBlindDark && out.contrast < kBlindContrast) || (out.dark < kFaint && out.contrast < kFaint)) {
      out.material = Material::kHazed;
      return out;
    }
  }
  if (declared == nullptr || !declared->screen) {
    out.material = Material::kUnknownBrand;
    return out;
  }
  // Haze takes contrast away; only what is paler and richer in contrast than the ore is asked about its level.
  if (out.contrast > kPale) {
    out.index = std::max(out.index, relative_index(declared->level, slice, scratch));
    if (nearest != nullptr) {
      out.nearest_index = nearest == declared ? out.index : std::max(out.nearest_index, relative_index(nearest->level, slice, scratch));
    }
  }
  if (out.index <= 1) {
    out.material = Material::kDeclared;
    out.models = declared;
  } else if (nearest != nullptr && nearest != declared && out.nearest_index <= 1) {
    out.material = Material::kOtherBrand;
    out.models = nearest;
  } else if (is_sick(out.signs)) {
    out.material = Material::kSickInstrument;
    return out;
  } else {
    out.material = Material::kForeign;
    out.models = declared;
  }
  out.strange_by_fault = is_sick(out.signs) && out.signs.deviation > kStrange;
  if (out.models->slag) out.slag = out.models->slag->judge(slice.reflectance, slice.readings, scratch.slag);
  compose(slice, scratch, out);
  return out;
}

std::optional<wire::Evidence> spectrum_evidence(const SpectralModels& models, const SliceSpectrum& slice, const std::string& brand) {
  const auto* models_of = models.find(brand);
  if (models_of == nullptr || !models_of->envelope || slice.readings == 0) return std::nullopt;
  const auto& e = *models_of->envelope;
  std::string json = "{";
  append(json, "wavelengths_nm", models.axis_nm());
  append(json, "reflectance", slice.reflectance);
  append(json, "mean", e.mean());
  append(json, "low", Eigen::VectorXd((e.mean() - 3 * e.sd()).cwiseMax(0.0)));
  append(json, "high", Eigen::VectorXd(e.mean() + 3 * e.sd()));
  json += "\"brand\":" + quoted(brand) + "}";
  wire::Evidence evidence;
  evidence.kind = "spectrum";
  evidence.media_type = "application/json";
  evidence.digest = sha256(json);
  evidence.bytes = std::move(json);
  evidence.instrument = slice.instrument;
  return evidence;
}

}  // namespace beltwarden::inspect
