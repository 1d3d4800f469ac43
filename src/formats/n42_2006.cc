#include "formats/n42_fields.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr double kMetresPerSecondPerMph = 0.44704;

class Edition2006 : N42Fields {
 public:
  using N42Fields::N42Fields;

  Result<void> read(const pugi::xml_node& root) {
    file_.edition = "2006";
    for (const auto& measurement : children(root, "Measurement")) {
      const pugi::xml_node instrument = child(measurement, "InstrumentInformation");
      if (instrument && file_.instrument_id.empty()) {
        file_.instrument_id = child_text(instrument, "InstrumentID");
        file_.manufacturer = child_text(instrument, "Manufacturer");
        file_.model = child_text(instrument, "InstrumentModel");
        file_.version = child_text(instrument, "InstrumentVersion");
      }
      for (const auto& sample : children(measurement, "DetectorData")) {
        if (auto done = read_sample(sample); !done) return done;
      }
      for (const auto& spectrum : children(measurement, "Spectrum")) {
        RadMeasurement single;
        auto start = time(spectrum, "StartTime");
        if (!start) return start.error();
        single.start = *start;
        auto read = read_spectrum_2006(spectrum, 0);
        if (!read) return read.error();
        single.real_s = read->real_s;
        single.spectra.push_back(std::move(*read));
        if (auto done = add(std::move(single)); !done) return done;
      }
    }
    return {};
  }

 private:
  Result<void> read_sample(const pugi::xml_node& node) {
    RadMeasurement measurement;
    auto start = time(node, "StartTime");
    if (!start) return start.error();
    measurement.start = *start;
    if (child(node, "SampleRealTime")) {
      auto real_s = duration(node, "SampleRealTime");
      if (!real_s) return real_s.error();
      measurement.real_s = *real_s;
    }
    if (auto done = read_occupied(node, "Occupied", measurement.occupied); !done) return done;
    if (const pugi::xml_node speed = child(node, "Speed")) {
      const auto value = parse_number(trim(speed.text().get()));
      const std::string unit = attribute(speed, {"Units"});
      if (!value) return fail(speed, "expected a number, found " + quoted(speed.text().get()));
      if (unit == "mph")
        measurement.speed_mps = *value * kMetresPerSecondPerMph;
      else if (unit == "m/s" || unit.empty())
        measurement.speed_mps = *value;
      else
        remark("Speed in " + quoted(unit) + " is not understood; left out");
    }
    for (const auto& detector : children(node, "DetectorMeasurement")) {
      for (const auto& set : children(detector, "SpectrumMeasurement")) {
        for (const auto& spectrum : children(set, "Spectrum")) {
          auto read = read_spectrum_2006(spectrum, measurement.real_s);
          if (!read) return read.error();
          measurement.spectra.push_back(std::move(*read));
        }
      }
    }
    return add(std::move(measurement));
  }

  Result<RadSpectrum> read_spectrum_2006(const pugi::xml_node& node, double sample_real_s) {
    RadSpectrum spectrum;
    spectrum.detector = attribute(node, {"Detector"});
    add_detector({spectrum.detector, "", child_text(node, "DetectorType")});
    spectrum.real_s = sample_real_s;
    if (child(node, "RealTime")) {
      auto real_s = duration(node, "RealTime");
      if (!real_s) return real_s.error();
      spectrum.real_s = *real_s;
    }
    auto live_s = duration(node, "LiveTime");
    if (!live_s) return live_s.error();
    spectrum.live_s = *live_s;
    for (const auto& calibration : children(node, "Calibration")) {
      if (attribute(calibration, {"Type"}) != "Energy") continue;
      auto polynomial = coefficients(child(calibration, "Equation"), "Coefficients", kMaxN42Coefficients);
      if (!polynomial) return polynomial.error();
      spectrum.calibration = std::move(*polynomial);
    }
    auto counts = channel_data(node);
    if (!counts) return counts.error();
    spectrum.counts = std::move(*counts);
    return spectrum;
  }
};

}  // namespace

Result<void> read_n42_2006(const pugi::xml_node& root, std::string_view text, N42File& file, std::size_t& channels) {
  return Edition2006(text, file, channels).read(root);
}

}  // namespace beltwarden::formats
