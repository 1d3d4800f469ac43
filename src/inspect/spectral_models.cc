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

double relative_index(const std::optional<spectra::OneClass>& model, const Eigen::VectorXd& reflectance, int readings, JudgeScratch& scratch) {
  if (!model) return 0;
  const auto j = model->judge(reflectance, readings, scratch.screen);
  return j.valid ? j.index / j.limit : 0;
}

// The desk's answer for a slice: the mean spectrum's, drawn back by what the model knows of the scatter of its readings. That of the slices at
// hand, which the desk takes in, is not asked: where hatches change and the layer is thin single readings scatter for other reasons.
void compose(const SpectralModels& models, const SliceSpectrum& slice, JudgeScratch& scratch, SliceJudgement& out) {
  if (out.models == nullptr || !models.can_regress()) return;
  const auto& regression = *models.regression();
  scratch.regression.resize(regression.responses.size());
  for (std::size_t k = 0; k < regression.responses.size(); ++k) {
    const auto* model = regression.find(k, out.models->name);
    if (model == nullptr) continue;
    scratch.seen = slice.on[models.axis_of().regression];
    regression.map_into(k, scratch.seen, scratch.work);
    const auto of_mean = model->predict(scratch.seen, scratch.regression[k]);
    if (of_mean.verdict == spectra::FitVerdict::kInvalid) continue;
    const auto p = model->of_slice(of_mean, of_mean.value, slice.readings, {});
    std::string_view name = regression.responses[k];
    if (name.starts_with("y:")) name.remove_prefix(2);
    out.composition.push_back({std::string(name), p.value, p.std_error, model->common_to_lot()});
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

std::size_t SpectralModels::axis(const std::vector<double>& axis_nm) {
  const auto at = static_cast<std::size_t>(std::ranges::find(axes_nm_, axis_nm) - axes_nm_.begin());
  if (at == axes_nm_.size()) axes_nm_.push_back(axis_nm);
  return at;
}

SpectralModels::Brand& SpectralModels::brand(std::string_view name) {
  const auto it = std::ranges::find(brands_, name, &Brand::name);
  if (it != brands_.end()) return *it;
  brands_.push_back({std::string(name), {}, {}, {}, {}});
  return brands_.back();
}

Result<void> SpectralModels::add_regression(std::string_view bytes) {
  auto bundle = spectra::read_bundle_of("regression", bytes);
  if (!bundle) return bundle.error();
  bundle->erase("calibration");   // rows for the desk alone
  auto models = spectra::RegressionModels::from_bundle(*bundle);
  if (!models) return models.error();
  for (const auto& of : models->models) {
    for (const auto& [name, model] : of) {
      if (!name.empty()) brand(name);
    }
  }
  axis_of_.regression = axis(models->axis_nm());
  regression_ = std::move(*models);
  return {};
}

Result<void> SpectralModels::add_identity(std::string_view bytes) {
  auto bundle = spectra::read_bundle_of("identity", bytes);
  if (!bundle) return bundle.error();
  auto identity = spectra::Identity::from_bytes((*bundle)["identity"]);
  if (!identity) return identity.error();
  axis_of_.identity = axis(identity->treatment().axis_nm());
  identity_ = std::move(*identity);
  return {};
}

Result<void> SpectralModels::add_slag(std::string_view bytes) {
  auto bundle = spectra::read_bundle_of("screen", bytes);
  if (!bundle) return bundle.error();
  bool any = false;
  for (const auto& [name, part] : *bundle) {
    const auto of = spectra::name_after(name, "screen");
    if (of.empty()) continue;
    auto screen = spectra::SlagScreen::from_bytes(part);
    if (!screen) return screen.error().within(name);
    const auto on = axis(screen->treatment().axis_nm());
    if (any && on != axis_of_.slag) return corrupt("screens of two brands are on different wavelength axes");
    axis_of_.slag = on;
    brand(of).slag = std::move(*screen);
    any = true;
  }
  if (!any) return invalid_input("expected screens that know slag ('spectra fit --kind screen --class COLUMN'), found none");
  return {};
}

Result<void> SpectralModels::add_shapes(std::string_view bytes) {
  auto bundle = spectra::read_bundle(bytes);
  if (!bundle) return bundle.error();
  for (const auto& [name, part] : *bundle) {
    const auto place = [&](auto model, const auto& axis_nm, auto& to) -> Result<void> {
      if (!model) return model.error().within(name);
      const auto on = axis(axis_nm(*model));
      if (shapes_ > 0 && on != axis_of_.shape) return corrupt(name + ": parts are on different wavelength axes");
      axis_of_.shape = on;
      to = std::move(*model);
      ++shapes_;
      return {};
    };
    const auto of_treatment = [](const auto& m) -> const std::vector<double>& { return m.treatment().axis_nm(); };
    Result<void> placed = invalid_input("unknown part '" + name + "'");
    if (const auto of = spectra::name_after(name, "shape"); !of.empty()) {
      placed = place(spectra::OneClass::from_bytes(part), of_treatment, brand(of).shape);
    } else if (const auto levelled = spectra::name_after(name, "level"); !levelled.empty()) {
      placed = place(spectra::OneClass::from_bytes(part), of_treatment, brand(levelled).level);
    } else if (const auto shown = spectra::name_after(name, "envelope"); !shown.empty()) {
      placed = place(spectra::Envelope::from_bytes(part), [](const auto& m) -> const std::vector<double>& { return m.axis_nm(); }, brand(shown).envelope);
    }
    if (!placed) return placed;
  }
  return {};
}

Result<void> SpectralModels::add_line(std::string_view bytes) {
  auto line = spectra::LineReference::from_bytes(bytes);
  if (!line) return line.error();
  axis_of_.line = axis(line->axis_nm());
  line_ = std::move(*line);
  return {};
}

Result<SpectralModels> SpectralModels::make(const InspectorSources& sources) {
  static constexpr std::pair<std::string_view, Result<void> (SpectralModels::*)(std::string_view)> kParts[] = {
      {"brand_shape", &SpectralModels::add_shapes},       {"brand_regression", &SpectralModels::add_regression},
      {"brand_identity", &SpectralModels::add_identity},  {"slag_screen", &SpectralModels::add_slag},
      {"spectrometer_health", &SpectralModels::add_line},
  };
  SpectralModels m;
  if (!sources.model("slag_comparison").empty()) {
    return unsupported("models/slag_comparison.bin: what this version calls brand_shape and slag_screen; fit the pack again ('pack fit')");
  }
  for (const auto& [name, add] : kParts) {
    const auto bytes = sources.model(name);
    if (bytes.empty()) continue;
    if (auto ok = (m.*add)(bytes); !ok) return ok.error().within("models/" + std::string(name) + ".bin");
  }
  return m;
}

const SpectralModels::Brand* SpectralModels::find(std::string_view name) const {
  const auto it = std::ranges::find(brands_, name, &Brand::name);
  return it == brands_.end() ? nullptr : &*it;
}

SliceJudgement judge_slice(const SpectralModels& models, const SliceSpectrum& slice, const std::string& declared_brand, JudgeScratch& scratch) {
  SliceJudgement out;
  if (slice.unfit > slice.readings) {
    out.material = Material::kHazed;
    return out;
  }
  if (slice.readings == 0 || !models.can_screen()) return out;
  const auto& axis_of = models.axis_of();
  // Before identity: the belt alone is flat, and no brand's.
  if (const auto& line = models.line()) {
    const auto at = std::ranges::find(line->brands(), declared_brand);
    out.signs = line->measure(slice.on[axis_of.line], at == line->brands().end() ? -1 : static_cast<int>(at - line->brands().begin()));
    if (out.signs.valid && out.signs.belt_likeness >= kBeltSeen) {
      out.material = Material::kSickInstrument;
      return out;
    }
  }
  const auto* declared = models.find(declared_brand);
  const auto* nearest = declared;
  if (const auto& identity = models.identity()) {
    std::vector<double> confidences;
    const auto j = identity->judge(slice.on[axis_of.identity], scratch.identity, &confidences);
    if (!j.valid) return out;
    out.nearest = identity->classes()[static_cast<std::size_t>(j.class_index)];
    out.confidence = j.confidence;
    out.known = j.known;
    const int of_declared = identity->index_of(declared_brand);
    out.declared_confidence = of_declared >= 0 ? confidences[static_cast<std::size_t>(of_declared)] : 0;
    nearest = models.find(out.nearest);
  }
  const auto& seen = slice.on[axis_of.shape];
  const auto index = [&](const SpectralModels::Brand* brand, auto what) {
    return brand == nullptr ? 0 : relative_index(brand->*what, seen, slice.readings, scratch);
  };
  out.index = index(declared, &SpectralModels::Brand::shape);
  out.nearest_index = nearest == declared ? out.index : index(nearest, &SpectralModels::Brand::shape);
  // Haze leaves the shape of the spectrum alone, so that the nearest brand is still the right one to compare with.
  if (const auto* shown = nearest != nullptr ? nearest : declared; shown != nullptr && shown->envelope) {
    const auto level = shown->envelope->level(seen);
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
  if (declared == nullptr || !declared->shape) {
    out.material = Material::kUnknownBrand;
    return out;
  }
  // Haze takes contrast away; only what is paler and richer in contrast than the ore is asked about its level.
  if (out.contrast > kPale) {
    out.index = std::max(out.index, index(declared, &SpectralModels::Brand::level));
    if (nearest != nullptr) out.nearest_index = nearest == declared ? out.index : std::max(out.nearest_index, index(nearest, &SpectralModels::Brand::level));
  }
  if (out.index <= 1) {
    out.material = Material::kDeclared;
    out.models = declared;
  } else if (nearest != nullptr && nearest != declared && out.known && out.nearest_index <= 1) {
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
  if (out.models->slag) out.slag = out.models->slag->judge(slice.on[axis_of.slag], slice.readings, scratch.slag);
  compose(models, slice, scratch, out);
  return out;
}

std::optional<wire::Evidence> spectrum_evidence(const SpectralModels& models, const SliceSpectrum& slice, const std::string& brand) {
  const auto* models_of = models.find(brand);
  if (models_of == nullptr || !models_of->envelope || slice.readings == 0) return std::nullopt;
  const auto& e = *models_of->envelope;
  std::string json = "{";
  append(json, "wavelengths_nm", e.axis_nm());
  append(json, "reflectance", slice.on[models.axis_of().shape]);
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
