#include <algorithm>
#include <cmath>
#include <map>

#include "formats/spectrum_file.h"
#include "instruments/common/watched_folder.h"
#include "instruments/spectrometer/spectrometer.h"
#include "instruments/spectrometer/spectrum_gate.h"

namespace beltwarden::instruments {
namespace {

using State = material::HealthReading::State;

enum class Quantity { kAuto, kReflectance, kCounts };

struct FolderSettings {
  WatchedFolderSettings watched;
  std::string white_name = "white", dark_name = "dark";
  Quantity quantity = Quantity::kAuto;
  double full_scale = 0;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

double number_or(const std::map<std::string, std::string>& meta, const char* key, double fallback, double low,
                 double high) {
  const auto found = meta.find(key);
  if (found == meta.end()) return fallback;
  char* end = nullptr;
  const double value = std::strtod(found->second.c_str(), &end);
  return end != found->second.c_str() && value >= low && value <= high ? value : fallback;
}

// How a file's ordinate becomes reflectance; empty when it is raw signal.
Result<std::optional<double (*)(double)>> to_reflectance(const std::string& y_unit, Quantity quantity) {
  using Convert = std::optional<double (*)(double)>;
  const std::string unit = lower(y_unit);
  if (unit == "absorbance" || unit == "log(1/r)") return Convert([](double y) { return std::pow(10, -y); });
  if (unit == "percent" || unit == "% reflectance" || unit == "%r") return Convert([](double y) { return y / 100; });
  if (unit == "reflectance" || quantity == Quantity::kReflectance) return Convert([](double y) { return y; });
  if (quantity == Quantity::kCounts || unit == "counts" || unit == "intensity" || unit == "single beam" ||
      unit == "arbitrary") {
    return Convert();
  }
  return invalid_input(
      "the ordinate is in '" + y_unit.substr(0, 40) +
      "': expected reflectance, percent, absorbance, log(1/R), counts, intensity or single beam; `quantity` of the "
      "instrument's settings can say what it is");
}

class FolderDriver final : public Driver {
 public:
  FolderDriver(FolderSettings settings, SpectrumGateSettings gate, DriverContext context)
      : settings_(std::move(settings)),
        started_(context.clock.now()),
        health_(context),
        gate_(gate, context, health_),
        folder_(settings_.watched, health_, context.clock) {}
  ~FolderDriver() override { stop(); }

  Result<void> start(Sink sink) override {
    return worker_.start([this, sink = std::move(sink)] {
      health_.state(State::kConnecting, "watching " + settings_.watched.folder.string());
      folder_.run([&](const WatchedFolder::File& file) { return take(file, sink); }, worker_, sink);
    });
  }
  void stop() override { worker_.stop(); }
  material::HealthReading health() const override { return health_.reading(); }

 private:
  Result<void> take(const WatchedFolder::File& file, const Sink& sink) {
    auto spectra = formats::read_spectrum_file(file.bytes);
    if (!spectra) return spectra.error();
    formats::keep_main_signal(*spectra);
    // All or nothing: a file with one bad spectrum is rejected before any of it is passed on.
    std::vector<Prepared> prepared;
    for (std::size_t i = 0; i < spectra->spectra.size(); ++i) {
      auto one = prepare(spectra->spectra[i], file);
      if (!one) return one.error().within("spectrum " + std::to_string(i + 1));
      prepared.push_back(std::move(*one));
    }
    std::stable_sort(prepared.begin(), prepared.end(),
                     [](const Prepared& a, const Prepared& b) { return a.frame.time < b.frame.time; });
    const bool live = file.changed >= started_;
    for (Prepared& one : prepared) {
      const bool open = one.reflectance ? gate_.take_reflectance(std::move(*one.reflectance), one.frame.sequence,
                                                                 one.frame.time, live, sink)
                                        : gate_.take(one.frame, live, sink);
      if (!open) return unavailable("the site is closing");
    }
    return {};
  }

  struct Prepared {
    SpectrumFrame frame;
    std::optional<material::SpectrumReading> reflectance;  // where the file has it already
  };

  Result<Prepared> prepare(const formats::Spectrum& spectrum, const WatchedFolder::File& file) {
    if (spectrum.x.size() < 2 || spectrum.x.size() > kMaxSpectrumChannels) {
      return invalid_input("expected 2 to " + std::to_string(kMaxSpectrumChannels) + " points, found " +
                           std::to_string(spectrum.x.size()));
    }
    auto nm = formats::wavelengths_nm(spectrum);
    if (!nm) return nm.error();
    const bool reversed = nm->front() > nm->back();
    if (reversed) std::reverse(nm->begin(), nm->end());
    if (!axis_ || axis_->wavelengths_nm != *nm)
      axis_ = std::make_shared<const material::SpectralAxis>(material::SpectralAxis{std::move(*nm)});

    Prepared result;
    SpectrumFrame& frame = result.frame;
    frame.axis = axis_;
    frame.counts.assign(spectrum.y.begin(), spectrum.y.end());
    if (reversed) std::reverse(frame.counts.begin(), frame.counts.end());
    auto kind = kind_of(spectrum, file.name);
    if (!kind) return kind.error();
    frame.kind = *kind;
    frame.time = spectrum.measured.value_or(file.changed);
    frame.sequence = static_cast<std::uint64_t>(number_or(spectrum.meta, "sequence", 0, 0, 1e15));
    frame.integration_ms = number_or(spectrum.meta, "integration_ms", 1, 1e-6, 1e6);
    frame.scans = static_cast<std::uint32_t>(number_or(spectrum.meta, "scans", 1, 1, 1e6));
    frame.lamp_hours = number_or(spectrum.meta, "lamp_hours", 0, 0, 1e6);
    frame.full_scale = number_or(spectrum.meta, "full_scale", settings_.full_scale, 0, 1e12);
    if (frame.kind != SpectrumKind::kSample) return result;

    auto convert = to_reflectance(spectrum.y_unit, settings_.quantity);
    if (!convert) return convert.error();
    if (!*convert) return result;
    material::SpectrumReading reading;
    reading.axis = frame.axis;
    for (const float y : frame.counts) reading.reflectance.push_back(static_cast<float>((**convert)(y)));
    reading.scans = frame.scans;
    reading.integration_ms = frame.integration_ms;
    reading.lamp_hours = frame.lamp_hours;
    reading.reference_age_s = number_or(spectrum.meta, "reference_age_s", 0, 0, 1e9);
    reading.saturated_fraction = number_or(spectrum.meta, "saturated_fraction", 0, 0, 1);
    result.reflectance = std::move(reading);
    return result;
  }

  Result<SpectrumKind> kind_of(const formats::Spectrum& spectrum, const std::string& file_name) const {
    if (const auto found = spectrum.meta.find("kind"); found != spectrum.meta.end() && !found->second.empty()) {
      const std::string kind = lower(found->second);
      if (kind == "sample") return SpectrumKind::kSample;
      if (kind == "white") return SpectrumKind::kWhite;
      if (kind == "dark") return SpectrumKind::kDark;
      return invalid_input("kind: expected sample, white or dark, found '" + found->second.substr(0, 40) + "'");
    }
    const std::string name = lower(file_name);
    if (!settings_.white_name.empty() && name.find(settings_.white_name) != std::string::npos)
      return SpectrumKind::kWhite;
    if (!settings_.dark_name.empty() && name.find(settings_.dark_name) != std::string::npos) return SpectrumKind::kDark;
    return SpectrumKind::kSample;
  }

  FolderSettings settings_;
  Time started_;
  HealthKeeper health_;
  SpectrumGate gate_;
  WatchedFolder folder_;
  std::shared_ptr<const material::SpectralAxis> axis_;
  Worker worker_;  // last: its thread ends before what it uses
};

}  // namespace

Result<std::unique_ptr<Driver>> make_spectrometer_folder(const Config& settings, DriverContext context) {
  FolderSettings result;
  auto watched = WatchedFolderSettings::read(settings);
  if (!watched) return watched.error();
  result.watched = std::move(*watched);
  auto white = settings.text("white_name", result.white_name);
  if (!white) return white.error();
  auto dark = settings.text("dark_name", result.dark_name);
  if (!dark) return dark.error();
  auto quantity = settings.text("quantity", "auto");
  if (!quantity) return quantity.error();
  if (*quantity != "auto" && *quantity != "reflectance" && *quantity != "counts") {
    return invalid_input(settings.where() + ": quantity: expected auto, reflectance or counts, found '" + *quantity +
                         "'");
  }
  auto full_scale = settings.number("full_scale", 0, 1e12, 0);
  if (!full_scale) return full_scale.error();
  auto gate = SpectrumGateSettings::read(settings);
  if (!gate) return gate.error();
  result.white_name = lower(*white);
  result.dark_name = lower(*dark);
  result.quantity = *quantity == "counts"        ? Quantity::kCounts
                    : *quantity == "reflectance" ? Quantity::kReflectance
                                                 : Quantity::kAuto;
  result.full_scale = *full_scale;
  return std::unique_ptr<Driver>(new FolderDriver(std::move(result), *gate, std::move(context)));
}

}  // namespace beltwarden::instruments
