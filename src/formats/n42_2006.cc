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
      if (first_single_ != kNone) {
        for (const auto& counts : children(measurement, "CountDoseData")) {
          if (auto done = read_gross(counts, file_.measurements[first_single_]); !done) return done;
        }
      }
      first_single_ = kNone;
      for (const auto& analysis : children(measurement, "AnalysisResults")) report_nuclide(analysis, "NuclideAnalysis");
      read_place(child(measurement, "MeasuredItemInformation"));
    }
    return {};
  }

 private:
  // Coefficients in keV, whatever unit they are written in.
  Result<std::vector<double>> energies(const pugi::xml_node& calibration) {
    auto polynomial = coefficients(child(calibration, "Equation"), "Coefficients", kMaxN42Coefficients);
    if (!polynomial) return polynomial;
    const std::string unit = lower(attribute(calibration, {"EnergyUnits", "Units"}));
    const double kev = unit == "mev" ? 1000 : unit == "ev" ? 0.001 : 1;
    if (kev == 1 && !unit.empty() && unit != "kev") remark("energies in " + quoted(unit) + " are not understood; taken as keV");
    for (double& a : *polynomial) a *= kev;
    return polynomial;
  }

  // What a spectrum is of; the standard's words of 2006 in those of 2011.
  void classify(const pugi::xml_node& spectrum, RadMeasurement& measurement) {
    const std::string source = lower(child_text(spectrum, "SourceType"));
    if (source == "background") measurement.class_code = "Background";
    if (source == "calibration" || source == "stabilization") measurement.class_code = "Calibration";
  }

  // Counts without channels, as of neutron tubes: a rate over the time that it was taken in.
  Result<void> read_gross(const pugi::xml_node& node, RadMeasurement& measurement) {
    const std::string rate_text = child_text(node, "CountRate"), counts_text = child_text(node, "Counts");
    if (rate_text.empty() && counts_text.empty()) return {};
    GrossCounts gross;
    auto real_s = child(node, "SampleRealTime") ? duration(node, "SampleRealTime", measurement.real_s) : Result<double>(measurement.real_s);
    if (!real_s) return real_s.error();
    gross.live_s = *real_s;
    const auto value = parse_number(counts_text.empty() ? rate_text : counts_text);
    if (!value || *value < 0) return fail(node, "expected counts of at least 0, found " + quoted(counts_text.empty() ? rate_text : counts_text));
    gross.counts.push_back(counts_text.empty() ? *value * gross.live_s : *value);
    std::string kind = attribute(node, {"DetectorType"});
    if (kind.empty()) kind = child_text(node, "DetectorType");
    gross.detector = attribute(node, {"Detector"});
    if (gross.detector.empty()) gross.detector = kind.empty() ? "counter" : kind;
    add_detector({gross.detector, kind, ""});
    measurement.gross.push_back(std::move(gross));
    return {};
  }

  // A calibration that spectra refer to with CalibrationIDs.
  Result<void> know(const pugi::xml_node& calibration) {
    if (lower(attribute(calibration, {"Type", "type"})) != "energy") return {};
    auto polynomial = energies(calibration);
    if (!polynomial) return polynomial.error();
    calibrations_[attribute(calibration, {"ID", "id"})] = std::move(*polynomial);
    return {};
  }

  Result<void> read_single(const pugi::xml_node& spectrum) {
    RadMeasurement single;
    classify(spectrum, single);
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
    if (first_single_ == kNone) first_single_ = file_.measurements.size();
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
    for (const auto& counts : children(node, "CountDoseData")) {
      if (auto done = read_gross(counts, measurement); !done) return done;
    }
    for (const auto& detector : children(node, "DetectorMeasurement")) {
      for (const auto& counts : children(detector, "CountDoseData")) {
        if (auto done = read_gross(counts, measurement); !done) return done;
      }
      for (const auto& set : children(detector, "SpectrumMeasurement")) {
        for (const auto& spectrum : children(set, "Spectrum")) {
          if (!child(spectrum, "ChannelData")) {
            remark("Spectrum without ChannelData; left out");
            continue;
          }
          auto read = read_spectrum_2006(spectrum, measurement.real_s);
          if (!read) return read.error();
          classify(spectrum, measurement);
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
      if (lower(attribute(calibration, {"Type", "type"})) != "energy") continue;
      auto polynomial = energies(calibration);
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

  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t first_single_ = kNone;   // spectrum outside samples, of the measurement that is being read
  std::map<std::string, std::vector<double>> calibrations_;
};

}  // namespace

Result<void> read_n42_2006(const pugi::xml_node& root, std::string_view text, N42File& file, std::size_t& channels) {
  return Edition2006(text, file, channels).read(root);
}

}  // namespace beltwarden::formats
