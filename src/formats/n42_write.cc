#include <algorithm>
#include <map>
#include <set>

#include "formats/n42.h"
#include "formats/n42_xml.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::string_view kHeader =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<RadInstrumentData xmlns=\"http://physics.nist.gov/N42/2011/N42\">\n";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

// The schema knows these words only.
constexpr std::string_view kCategories[] = {"Gamma", "Neutron", "Alpha", "Beta", "X-ray", "Other"};
constexpr std::string_view kKinds[] = {"HPGe", "HPXe", "NaI",     "LaBr3", "LaCl3", "BGO",   "CZT",   "CdTe",    "CsI",
                                       "GMT",  "GMTW", "LiFiber", "PVT",   "PS",    "He3",   "He4",   "LiGlass", "LiI",
                                       "SrI2", "CLYC", "CdWO4",   "BF3",   "HgI2",  "CeBr4", "LiCAF", "LiZnS"};
constexpr std::string_view kSeverities[] = {"Fatal", "Error", "Warning"};
constexpr std::string_view kClasses[] = {"Foreground", "Background", "Calibration", "IntrinsicActivity",
                                         "NotSpecified"};

template <std::size_t N>
std::string_view word_or(const std::string_view (&known)[N], std::string_view word, std::string_view otherwise) {
  return std::find(std::begin(known), std::end(known), word) == std::end(known) ? otherwise : word;
}

void append_count(std::string& out, std::uint64_t value) {
  if (!out.empty()) out += ' ';
  out += std::to_string(value);
}

std::string plain_channels(const std::vector<std::uint32_t>& counts) {
  std::string out;
  for (const std::uint32_t count : counts) append_count(out, count);
  return out;
}

std::string counted_zeroes(const std::vector<std::uint32_t>& counts) {
  std::string out;
  for (std::size_t i = 0; i < counts.size();) {
    append_count(out, counts[i]);
    if (counts[i] != 0) {
      ++i;
      continue;
    }
    std::size_t zeros = 0;
    while (i < counts.size() && counts[i] == 0) ++i, ++zeros;
    append_count(out, zeros);
  }
  return out;
}

std::string join(const std::vector<double>& values) {
  std::string out;
  for (const double value : values) out += (out.empty() ? "" : " ") + number_text(value);
  return out;
}

class Writer {
 public:
  explicit Writer(const N42File& file) : file_(file) {}

  Result<std::string> write() {
    collect_detectors();
    if (detector_ids_.empty()) return invalid_input("N42: expected at least one detector");
    out_ = kHeader;
    write_head();
    if (auto done = write_calibrations(); !done) return done.error();
    for (std::size_t i = 0; i < file_.measurements.size(); ++i) {
      if (auto done = write_measurement(file_.measurements[i], i); !done) {
        return done.error().within("N42: measurement " + std::to_string(i));
      }
    }
    out_ += "</RadInstrumentData>\n";
    return std::move(out_);
  }

 private:
  void element(std::string_view name, std::string_view text) {
    out_ += "<" + std::string(name) + ">" + escaped(text) + "</" + std::string(name) + ">\n";
  }

  void collect_detectors() {
    detectors_ = file_.detectors;
    for (const RadDetector& detector : detectors_) detector_ids_.emplace(detector.id, "");
    const auto use = [&](const std::string& id) {
      if (detector_ids_.count(id) != 0) return;
      detectors_.push_back({id, "Gamma", "Other"});
      detector_ids_.emplace(id, "");
    };
    for (const RadMeasurement& measurement : file_.measurements) {
      for (const RadSpectrum& spectrum : measurement.spectra) use(spectrum.detector);
      for (const GrossCounts& gross : measurement.gross) use(gross.detector);
    }
    for (auto& [id, name] : detector_ids_) {
      name = keeps_id(id) ? id : "det-" + std::to_string(++numbered_);
      detector_names_.insert(name);
    }
  }

  // An id that is a plain name is written as it is; others, and those that could meet our own, get a number.
  static bool keeps_id(std::string_view id) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto fits = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'; };
    return !id.empty() && letter(id[0]) && std::all_of(id.begin(), id.end(), fits) && id != "instrument" &&
           id != "item" && id.substr(0, 4) != "det-" && id.substr(0, 3) != "ec-" && id.substr(0, 2) != "m-";
  }

  void write_head() {
    element("RadInstrumentDataCreatorName", "Beltwarden");
    out_ += "<RadInstrumentInformation id=\"instrument\">\n";
    element("RadInstrumentManufacturerName", file_.manufacturer.empty() ? "unknown" : file_.manufacturer);
    if (!file_.instrument_id.empty()) element("RadInstrumentIdentifier", file_.instrument_id);
    element("RadInstrumentModelName", file_.model.empty() ? "unknown" : file_.model);
    element("RadInstrumentClassCode", "Portal Monitor");
    out_ += "<RadInstrumentVersion>\n";
    element("RadInstrumentComponentName", "Software");
    element("RadInstrumentComponentVersion", file_.version.empty() ? "unknown" : file_.version);
    out_ += "</RadInstrumentVersion>\n</RadInstrumentInformation>\n";
    for (const RadDetector& detector : detectors_) {
      out_ += "<RadDetectorInformation id=\"" + detector_ids_[detector.id] + "\">\n";
      element("RadDetectorCategoryCode",
              word_or(kCategories, detector.category, detector.category.empty() ? "Gamma" : "Other"));
      element("RadDetectorKindCode", word_or(kKinds, detector.kind, "Other"));
      out_ += "</RadDetectorInformation>\n";
    }
    const auto moves = [](const RadMeasurement& measurement) { return measurement.speed_mps.has_value(); };
    if (std::any_of(file_.measurements.begin(), file_.measurements.end(), moves))
      out_ += "<RadItemInformation id=\"item\"/>\n";
  }

  Result<void> write_calibrations() {
    for (const RadMeasurement& measurement : file_.measurements) {
      for (const RadSpectrum& spectrum : measurement.spectra) {
        if (spectrum.calibration.empty() && spectrum.energy_edges.empty()) {
          return invalid_input("N42: spectrum of detector " + quoted(spectrum.detector) + " has no energy calibration");
        }
        const bool edges = !spectrum.energy_edges.empty();
        if (edges && spectrum.energy_edges.size() != spectrum.counts.size() + 1) {
          return invalid_input("N42: expected " + std::to_string(spectrum.counts.size() + 1) +
                               " channel edges, found " + std::to_string(spectrum.energy_edges.size()));
        }
        const std::string text = (edges ? "E" : "C") + join(edges ? spectrum.energy_edges : spectrum.calibration);
        const auto [entry, is_new] = calibrations_.emplace(text, "ec-" + std::to_string(calibrations_.size() + 1));
        if (!is_new) continue;
        out_ += "<EnergyCalibration id=\"" + entry->second + "\">\n";
        element(edges ? "EnergyBoundaryValues" : "CoefficientValues", std::string_view(text).substr(1));
        out_ += "</EnergyCalibration>\n";
      }
    }
    return {};
  }

  Result<void> write_measurement(const RadMeasurement& measurement, std::size_t index) {
    if (!measurement.start) return invalid_input("expected a start time");
    // Its own id where that is a name that can serve ("seq-1234" carries a monitor's running number), else a number.
    const bool own = keeps_id(measurement.id) && detector_names_.count(measurement.id) == 0 &&
                     used_ids_.insert(measurement.id).second;
    const std::string id = own ? measurement.id : "m-" + std::to_string(index + 1);
    out_ += "<RadMeasurement id=\"" + id + "\">\n";
    element("MeasurementClassCode", word_or(kClasses, measurement.class_code, "NotSpecified"));
    element("StartDateTime", to_rfc3339(*measurement.start));
    element("RealTimeDuration", duration_text(measurement.real_s));
    for (std::size_t i = 0; i < measurement.spectra.size(); ++i) {
      const RadSpectrum& spectrum = measurement.spectra[i];
      const bool edges = !spectrum.energy_edges.empty();
      out_ += "<Spectrum id=\"m-" + std::to_string(index + 1) + "-s" + std::to_string(i + 1) +
              "\" radDetectorInformationReference=\"" + detector_ids_[spectrum.detector] +
              "\" energyCalibrationReference=\"" +
              calibrations_[(edges ? "E" : "C") + join(edges ? spectrum.energy_edges : spectrum.calibration)] + "\">\n";
      element("LiveTimeDuration", duration_text(spectrum.live_s));
      const std::string packed = counted_zeroes(spectrum.counts), plain = plain_channels(spectrum.counts);
      const bool pack = packed.size() < plain.size();
      out_ += std::string("<ChannelData compressionCode=\"") + (pack ? "CountedZeroes" : "None") + "\">" +
              (pack ? packed : plain) + "</ChannelData>\n</Spectrum>\n";
    }
    for (std::size_t i = 0; i < measurement.gross.size(); ++i) {
      const GrossCounts& gross = measurement.gross[i];
      out_ += "<GrossCounts id=\"m-" + std::to_string(index + 1) + "-g" + std::to_string(i + 1) +
              "\" radDetectorInformationReference=\"" + detector_ids_[gross.detector] + "\">\n";
      element("LiveTimeDuration", duration_text(gross.live_s));
      element("CountData", join(gross.counts));
      out_ += "</GrossCounts>\n";
    }
    write_states(measurement);
    if (measurement.occupied) element("OccupancyIndicator", *measurement.occupied ? "true" : "false");
    out_ += "</RadMeasurement>\n";
    return {};
  }

  void write_fault(const RadFault& fault) {
    out_ += "<Fault>\n";
    element("FaultCodeValue", fault.code);
    element("FaultDescription", fault.description);
    element("FaultSeverityCode", word_or(kSeverities, fault.severity, "Warning"));
    out_ += "</Fault>\n";
  }

  // In the schema's order: the instrument's state, the detectors', the item's.
  void write_states(const RadMeasurement& measurement) {
    const auto& faults = measurement.faults;
    const auto of_instrument = [&](const RadFault& fault) { return detector_ids_.count(fault.detector) == 0; };
    if (std::any_of(faults.begin(), faults.end(), of_instrument)) {
      out_ += "<RadInstrumentState radInstrumentInformationReference=\"instrument\">\n";
      for (const RadFault& fault : faults) {
        if (of_instrument(fault)) write_fault(fault);
      }
      out_ += "</RadInstrumentState>\n";
    }
    for (const RadDetector& detector : detectors_) {
      const auto of_it = [&](const RadFault& fault) { return fault.detector == detector.id && !of_instrument(fault); };
      if (std::none_of(faults.begin(), faults.end(), of_it)) continue;
      out_ += "<RadDetectorState radDetectorInformationReference=\"" + detector_ids_[detector.id] + "\">\n";
      for (const RadFault& fault : faults) {
        if (of_it(fault)) write_fault(fault);
      }
      out_ += "</RadDetectorState>\n";
    }
    if (measurement.speed_mps) {
      out_ += "<RadItemState radItemInformationReference=\"item\">\n<StateVector>\n";
      element("SpeedValue", number_text(*measurement.speed_mps));
      out_ += "</StateVector>\n</RadItemState>\n";
    }
  }

  const N42File& file_;
  std::string out_;
  std::vector<RadDetector> detectors_;
  std::map<std::string, std::string> detector_ids_;  // ours to xsd:ID
  std::set<std::string> detector_names_, used_ids_;
  int numbered_ = 0;
  std::map<std::string, std::string> calibrations_;  // written values to id
};

}  // namespace

Result<std::string> write_n42(const N42File& file) { return Writer(file).write(); }

}  // namespace beltwarden::formats
