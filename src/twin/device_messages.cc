#include "twin/device_messages.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "formats/n42.h"
#include "formats/spectrum_file.h"

namespace beltwarden::twin {
namespace {

constexpr float kDarkCounts = 900, kFullScale = 65535;

std::string text_of(double value) {
  std::string text = std::to_string(value);
  while (text.size() > 1 && text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

SpectrometerSignal::SpectrometerSignal(std::shared_ptr<const material::SpectralAxis> axis) : axis_(std::move(axis)) {
  for (const double nm : axis_->wavelengths_nm) {
    // A halogen lamp through silicon and InGaAs: strongest near 900 nm, weak at both ends.
    const double lamp = 9000 + 38000 * std::exp(-std::pow((nm - 950) / 620, 2));
    lamp_.push_back(static_cast<float>(lamp));
  }
}

instruments::SpectrumFrame SpectrometerSignal::frame(instruments::SpectrumKind kind, std::uint64_t sequence, Time time,
                                                     double integration_ms) const {
  instruments::SpectrumFrame f;
  f.sequence = sequence;
  f.time = time;
  f.kind = kind;
  f.axis = axis_;
  f.full_scale = kFullScale;
  f.integration_ms = integration_ms;
  f.lamp_hours = 412;
  return f;
}

instruments::SpectrumFrame SpectrometerSignal::dark(std::uint64_t sequence, Time time, double integration_ms) const {
  auto f = frame(instruments::SpectrumKind::kDark, sequence, time, integration_ms);
  f.counts.assign(lamp_.size(), kDarkCounts);
  return f;
}

instruments::SpectrumFrame SpectrometerSignal::white(std::uint64_t sequence, Time time, double integration_ms) const {
  auto f = frame(instruments::SpectrumKind::kWhite, sequence, time, integration_ms);
  for (const float lamp : lamp_) f.counts.push_back(kDarkCounts + lamp);
  return f;
}

instruments::SpectrumFrame SpectrometerSignal::sample(std::uint64_t sequence, Time time,
                                                      const material::SpectrumReading& reading) const {
  auto f = frame(instruments::SpectrumKind::kSample, sequence, time, reading.integration_ms);
  f.scans = reading.scans;
  f.lamp_hours = reading.lamp_hours;
  for (std::size_t i = 0; i < lamp_.size(); ++i) {
    // The mean of some 16-bit conversions: steps of a quarter count.
    const float counts = std::round((kDarkCounts + lamp_[i] * reading.reflectance[i]) * 4) / 4;
    f.counts.push_back(std::min(counts, kFullScale));
    if (counts >= kFullScale) f.saturated.push_back(static_cast<std::uint32_t>(i));
  }
  return f;
}

Result<std::string> gamma_document(std::uint64_t sequence, Time begin, const material::GammaReading& reading,
                                   const std::vector<std::vector<std::uint32_t>>& detectors) {
  formats::N42File file;
  file.instrument_id = "BW-TWIN-RPM-1";
  file.manufacturer = "Beltwarden";
  file.model = "twin belt monitor";
  formats::RadMeasurement m;
  m.id = "seq-" + std::to_string(sequence);
  m.start = begin;
  m.real_s = reading.real_s;
  m.occupied = reading.occupied;
  for (std::size_t d = 0; d < detectors.size(); ++d) {
    const std::string id = "Gamma" + std::to_string(d + 1);
    file.detectors.push_back({id, "Gamma", "NaI"});
    formats::RadSpectrum s;
    s.detector = id;
    s.counts = detectors[d];
    s.live_s = reading.live_s;
    s.real_s = reading.real_s;
    s.calibration.assign(reading.calibration_kev.begin(), reading.calibration_kev.end());
    m.spectra.push_back(std::move(s));
  }
  file.detectors.push_back({"Neutron1", "Neutron", "He3"});
  m.gross.push_back({"Neutron1", reading.live_s, {std::round(reading.neutron_cps * reading.real_s)}});
  file.measurements.push_back(std::move(m));
  return formats::write_n42(file);
}

Result<std::string> spectrum_file(std::uint64_t sequence, Time time, const material::SpectrumReading& reading) {
  formats::Spectrum s;
  s.id = "scan " + std::to_string(sequence);
  s.x = reading.axis->wavelengths_nm;
  s.x_unit = "nm";
  s.y.assign(reading.reflectance.begin(), reading.reflectance.end());
  s.y_unit = "reflectance";
  s.measured = time;
  s.meta = {{"sequence", std::to_string(sequence)},      {"kind", "sample"},
            {"scans", std::to_string(reading.scans)},    {"integration_ms", text_of(reading.integration_ms)},
            {"lamp_hours", text_of(reading.lamp_hours)}, {"reference_age_s", text_of(reading.reference_age_s)}};
  formats::SpectrumFile file;
  file.format = "SPC";
  file.spectra.push_back(std::move(s));
  return formats::write_spc(file);
}

}  // namespace beltwarden::twin
