#include <algorithm>
#include <map>

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
    for (const auto& calibration : children(root, "Calibration")) {
      if (auto done = know(calibration); !done) return done;
    }
    for (const auto& measurement : children(root, "Measurement")) {
      const pugi::xml_node instrument = child(measurement, "InstrumentInformation");
      if (instrument && file_.instrument_id.empty()) {
        file_.instrument_id = child_text(instrument, "InstrumentID");
        file_.manufacturer = child_text(instrument, "Manufacturer");
        file_.model = child_text(instrument, "InstrumentModel");
        file_.version = child_text(instrument, "InstrumentVersion");
      }
      for (const auto& calibration : children(measurement, "Calibration")) {
        if (auto done = know(calibration); !done) return done;
      }
      for (const auto& sample : children(measurement, "DetectorData")) {
        if (auto done = read_sample(sample); !done) return done;
      }
      for (const auto& spectrum : children(measurement, "Spectrum")) {
        if (auto done = read_single(spectrum); !done) return done;
      }
      for (const auto& set : children(measurement, "SpectrumMeasurement")) {
        for (const auto& spectrum : children(set, "Spectrum")) {
          if (auto done = read_single(spectrum); !done) return done;
        }
      }
      for (const auto& analysis : children(measurement, "AnalysisResults")) report_nuclide(analysis, "NuclideAnalysis");
      read_place(child(measurement, "MeasuredItemInformation"));
    }
    return {};
  }

 private:
  // A calibration that spectra refer to with CalibrationIDs.
  Result<void> know(const pugi::xml_node& calibration) {
    if (attribute(calibration, {"Type"}) != "Energy") return {};
    auto polynomial = coefficients(child(calibration, "Equation"), "Coefficients", kMaxN42Coefficients);
    if (!polynomial) return polynomial.error();
    calibrations_[attribute(calibration, {"ID", "id"})] = std::move(*polynomial);
    return {};
  }

  Result<void> read_single(const pugi::xml_node& spectrum) {
    RadMeasurement single;
    auto start = time(spectrum, "StartTime");
    if (!start) return start.error();
    single.start = *start;
    if (child(spectrum, "ChannelData")) {
      auto read = read_spectrum_2006(spectrum, 0);
      if (!read) return read.error();
      single.real_s = read->real_s;
      single.spectra.push_back(std::move(*read));
    } else {
      remark("Spectrum without ChannelData; left out");
    }
    return add(std::move(single));
  }

  Result<void> read_sample(const pugi::xml_node& node) {
    RadMeasurement measurement;
    auto start = time(node, "StartTime");
    if (!start) return start.error();
    measurement.start = *start;
    if (child(node, "SampleRealTime")) {
      auto real_s = duration(node, "SampleRealTime", 0);
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
          if (!child(spectrum, "ChannelData")) {
            remark("Spectrum without ChannelData; left out");
            continue;
          }
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
      auto real_s = duration(node, "RealTime", sample_real_s);
      if (!real_s) return real_s.error();
      spectrum.real_s = *real_s;
    }
    auto live_s = duration(node, "LiveTime", spectrum.real_s);
    if (!live_s) return live_s.error();
    spectrum.live_s = *live_s;
    for (const auto& calibration : children(node, "Calibration")) {
      if (attribute(calibration, {"Type"}) != "Energy") continue;
      auto polynomial = coefficients(child(calibration, "Equation"), "Coefficients", kMaxN42Coefficients);
      if (!polynomial) return polynomial.error();
      spectrum.calibration = std::move(*polynomial);
    }
    if (spectrum.calibration.empty()) {
      // "cal-1 cal-2": the first that is an energy calibration.
      const std::string ids = attribute(node, {"CalibrationIDs"});
      for (std::size_t at = 0; at < ids.size();) {
        const std::size_t end = std::min(ids.find(' ', at), ids.size());
        if (const auto found = calibrations_.find(ids.substr(at, end - at)); found != calibrations_.end()) {
          spectrum.calibration = found->second;
          break;
        }
        at = end + 1;
      }
    }
    auto counts = channel_data(node);
    if (!counts) return counts.error();
    spectrum.counts = std::move(*counts);
    return spectrum;
  }

  std::map<std::string, std::vector<double>> calibrations_;
};

}  // namespace

Result<void> read_n42_2006(const pugi::xml_node& root, std::string_view text, N42File& file, std::size_t& channels) {
  return Edition2006(text, file, channels).read(root);
}

}  // namespace beltwarden::formats
