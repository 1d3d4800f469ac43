#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "formats/n42.h"
#include "formats/n42_xml.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

constexpr std::size_t kMaxElements = 2'000'000, kMaxMeasurements = 500'000, kMaxRemarks = 100, kMaxCoefficients = 16;
constexpr double kMetresPerSecondPerMph = 0.44704;

struct Calibration {
  std::vector<double> coefficients, edges;
};

// Reads one document into `file`.
class Document {
 public:
  Document(std::string_view text, N42File& file, std::size_t& channels)
      : text_(text), file_(file), channels_(channels) {}

  Result<void> read() {
    // A parsed element takes far more room than its few bytes; count before parsing.
    if (static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '<')) > 2 * kMaxElements) {
      return invalid_input("more than " + std::to_string(kMaxElements) + " XML elements");
    }
    pugi::xml_document xml;
    const auto parsed =
        xml.load_buffer(text_.data(), text_.size(), pugi::parse_minimal | pugi::parse_escapes | pugi::parse_cdata);
    if (!parsed)
      return invalid_input("line " + std::to_string(line_of(parsed.offset)) +
                           ": not well-formed XML: " + parsed.description());
    const pugi::xml_node root = xml.document_element();
    if (local_name(root) == "RadInstrumentData") return read_2011(root);
    if (local_name(root) == "N42InstrumentData") return read_2006(root);
    return invalid_input("expected the root element RadInstrumentData or N42InstrumentData, found " +
                         quoted(root.name()));
  }

 private:
  std::size_t line_of(std::ptrdiff_t offset) const {
    const auto end = text_.begin() + std::clamp<std::ptrdiff_t>(offset, 0, static_cast<std::ptrdiff_t>(text_.size()));
    return 1 + static_cast<std::size_t>(std::count(text_.begin(), end, '\n'));
  }

  Error fail(const pugi::xml_node& at, const std::string& what) const {
    const std::string id = attribute(at, {"id", "ID"});
    return invalid_input("line " + std::to_string(line_of(at.offset_debug())) + ": " + std::string(local_name(at)) +
                         (id.empty() ? "" : " " + id) + ": " + what);
  }

  void remark(std::string text) {
    if (file_.remarks.size() < kMaxRemarks &&
        std::find(file_.remarks.begin(), file_.remarks.end(), text) == file_.remarks.end()) {
      file_.remarks.push_back(std::move(text));
    }
  }

  void add_detector(RadDetector detector) {
    const auto same = [&](const RadDetector& known) { return known.id == detector.id; };
    if (!detector.id.empty() && std::none_of(file_.detectors.begin(), file_.detectors.end(), same) &&
        file_.detectors.size() < 1000) {
      file_.detectors.push_back(std::move(detector));
    }
  }

  Result<double> duration(const pugi::xml_node& node, const char* name) {
    const std::string text = child_text(node, name);
    const auto seconds = parse_duration(text);
    if (!seconds) return fail(node, std::string(name) + ": expected a duration like PT0.2S, found " + quoted(text));
    return *seconds;
  }

  Result<std::optional<Time>> time(const pugi::xml_node& node, const char* name) {
    const std::string text = child_text(node, name);
    if (text.empty()) return std::optional<Time>{};
    bool zoneless = false;
    const auto value = parse_xml_time(text, zoneless);
    if (!value)
      return fail(node, std::string(name) + ": expected a time like 2026-11-23T14:31:06.2Z, found " + quoted(text));
    if (zoneless) remark("times have no zone; taken as UTC");
    return value;
  }

  Result<void> add(RadMeasurement measurement) {
    if (file_.measurements.size() >= kMaxMeasurements) {
      return invalid_input("more than " + std::to_string(kMaxMeasurements) + " measurements");
    }
    file_.measurements.push_back(std::move(measurement));
    return {};
  }

  Result<std::vector<std::uint32_t>> channel_data(const pugi::xml_node& spectrum) {
    const pugi::xml_node data = child(spectrum, "ChannelData");
    if (!data) return fail(spectrum, "expected ChannelData");
    const std::string compression = attribute(data, {"compressionCode", "Compression", "CompressionCode"});
    if (!compression.empty() && compression != "None" && compression != "CountedZeroes") {
      return fail(data, "expected compressionCode None or CountedZeroes, found " + quoted(compression));
    }
    auto counts = parse_channels(data.text().get(), compression == "CountedZeroes", kMaxChannels);
    if (!counts) return fail(data, counts.error().message);
    channels_ += counts->size();
    if (channels_ > kMaxFileChannels)
      return fail(data, "more than " + std::to_string(kMaxFileChannels) + " channels in one file");
    return counts;
  }

  Result<std::vector<double>> coefficients(const pugi::xml_node& node, const char* name, std::size_t most) {
    auto values = parse_numbers(child(node, name).text().get(), most);
    if (!values) return fail(node, std::string(name) + ": " + values.error().message);
    return values;
  }

  Result<void> read_2011(const pugi::xml_node& root) {
    file_.edition = "2011";
    const pugi::xml_node instrument = child(root, "RadInstrumentInformation");
    if (instrument && file_.instrument_id.empty()) {
      file_.instrument_id = child_text(instrument, "RadInstrumentIdentifier");
      if (file_.instrument_id.empty()) file_.instrument_id = attribute(instrument, {"id"});
      file_.manufacturer = child_text(instrument, "RadInstrumentManufacturerName");
      file_.model = child_text(instrument, "RadInstrumentModelName");
      for (const auto& version : children(instrument, "RadInstrumentVersion")) {
        if (file_.version.size() > 500) break;
        file_.version += (file_.version.empty() ? "" : "; ") + child_text(version, "RadInstrumentComponentName") + " " +
                         child_text(version, "RadInstrumentComponentVersion");
      }
    }
    for (const auto& detector : children(root, "RadDetectorInformation")) {
      add_detector({attribute(detector, {"id"}), child_text(detector, "RadDetectorCategoryCode"),
                    child_text(detector, "RadDetectorKindCode")});
    }
    for (const auto& node : children(root, "EnergyCalibration")) {
      if (auto done = read_calibration(node); !done) return done;
    }
    for (const auto& node : children(root, "RadMeasurement")) {
      if (auto done = read_measurement(node); !done) return done;
    }
    return {};
  }

  Result<void> read_calibration(const pugi::xml_node& node) {
    auto polynomial = coefficients(node, "CoefficientValues", kMaxCoefficients);
    if (!polynomial) return polynomial.error();
    auto edges = coefficients(node, "EnergyBoundaryValues", kMaxChannels + 1);
    if (!edges) return edges.error();
    for (std::size_t i = 1; i < edges->size(); ++i) {
      if (!((*edges)[i] > (*edges)[i - 1])) {
        return fail(node, "EnergyBoundaryValues: expected increasing energies, found " + number_text((*edges)[i]) +
                              " after " + number_text((*edges)[i - 1]));
      }
    }
    if (!calibrations_.emplace(attribute(node, {"id"}), Calibration{std::move(*polynomial), std::move(*edges)})
             .second) {
      return fail(node, "the id occurs twice; which calibration a spectrum means is not known");
    }
    return {};
  }

  Result<void> read_measurement(const pugi::xml_node& node) {
    RadMeasurement measurement;
    measurement.id = attribute(node, {"id"});
    measurement.class_code = child_text(node, "MeasurementClassCode");
    auto start = time(node, "StartDateTime");
    if (!start) return start.error();
    if (!*start) return fail(node, "expected StartDateTime");
    measurement.start = *start;
    auto real_s = duration(node, "RealTimeDuration");
    if (!real_s) return real_s.error();
    measurement.real_s = *real_s;
    for (const auto& spectrum : children(node, "Spectrum")) {
      auto read = read_spectrum(spectrum, *real_s);
      if (!read) return read.error();
      measurement.spectra.push_back(std::move(*read));
    }
    for (const auto& gross : children(node, "GrossCounts")) {
      auto read = read_gross(gross);
      if (!read) return read.error();
      measurement.gross.push_back(std::move(*read));
    }
    for (const auto& state : node.children()) {
      const std::string_view name = local_name(state);
      if (name != "RadInstrumentState" && name != "RadDetectorState" && name != "RadItemState") continue;
      for (const auto& fault : children(state, "Fault")) {
        if (measurement.faults.size() >= 100) break;
        measurement.faults.push_back({child_text(fault, "FaultCodeValue"), child_text(fault, "FaultDescription"),
                                      child_text(fault, "FaultSeverityCode"),
                                      attribute(state, {"radDetectorInformationReference"})});
      }
      if (const std::string speed = child_text(child(state, "StateVector"), "SpeedValue");
          name == "RadItemState" && !speed.empty()) {
        measurement.speed_mps = parse_number(speed);
        if (!measurement.speed_mps) return fail(state, "SpeedValue: expected a number, found " + quoted(speed));
      }
    }
    if (auto done = read_occupied(node, "OccupancyIndicator", measurement.occupied); !done) return done;
    return add(std::move(measurement));
  }

  Result<void> read_occupied(const pugi::xml_node& node, const char* name, std::optional<bool>& occupied) {
    const std::string text = child_text(node, name);
    if (text.empty()) return {};
    if (text != "0" && text != "1" && text != "true" && text != "false") {
      return fail(node, std::string(name) + ": expected true or false, found " + quoted(text));
    }
    occupied = text == "1" || text == "true";
    return {};
  }

  Result<RadSpectrum> read_spectrum(const pugi::xml_node& node, double real_s) {
    RadSpectrum spectrum;
    spectrum.detector = attribute(node, {"radDetectorInformationReference"});
    spectrum.real_s = real_s;
    auto live_s = duration(node, "LiveTimeDuration");
    if (!live_s) return live_s.error();
    spectrum.live_s = *live_s;
    auto counts = channel_data(node);
    if (!counts) return counts.error();
    spectrum.counts = std::move(*counts);
    const std::string reference = attribute(node, {"energyCalibrationReference"});
    if (const auto found = calibrations_.find(reference); found != calibrations_.end()) {
      spectrum.calibration = found->second.coefficients;
      const std::size_t edges = found->second.edges.size();
      if (edges != 0 && edges != spectrum.counts.size() + 1) {
        return fail(node, "expected " + std::to_string(spectrum.counts.size() + 1) + " channel edges in " +
                              quoted(reference) + ", found " + std::to_string(edges));
      }
      channels_ += edges;
      if (channels_ > kMaxFileChannels)
        return fail(node, "more than " + std::to_string(kMaxFileChannels) + " channels in one file");
      spectrum.energy_edges = found->second.edges;
    } else {
      remark("energyCalibrationReference " + quoted(reference) + " names no EnergyCalibration");
    }
    return spectrum;
  }

  Result<GrossCounts> read_gross(const pugi::xml_node& node) {
    GrossCounts gross;
    gross.detector = attribute(node, {"radDetectorInformationReference"});
    auto live_s = duration(node, "LiveTimeDuration");
    if (!live_s) return live_s.error();
    gross.live_s = *live_s;
    auto counts = coefficients(node, "CountData", 1000);
    if (!counts) return counts.error();
    for (const double count : *counts) {
      if (count < 0) return fail(node, "CountData: expected counts of at least 0, found " + number_text(count));
    }
    gross.counts = std::move(*counts);
    return gross;
  }

  Result<void> read_2006(const pugi::xml_node& root) {
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
      auto polynomial = coefficients(child(calibration, "Equation"), "Coefficients", kMaxCoefficients);
      if (!polynomial) return polynomial.error();
      spectrum.calibration = std::move(*polynomial);
    }
    auto counts = channel_data(node);
    if (!counts) return counts.error();
    spectrum.counts = std::move(*counts);
    return spectrum;
  }

  std::string_view text_;
  N42File& file_;
  std::size_t& channels_;
  std::map<std::string, Calibration> calibrations_;
};

}  // namespace

std::uint64_t RadSpectrum::total_counts() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

double GrossCounts::total() const { return std::accumulate(counts.begin(), counts.end(), 0.0); }

double N42File::gross_of(const RadMeasurement& measurement, std::string_view category) const {
  double sum = 0;
  for (const GrossCounts& gross : measurement.gross) {
    const auto of_it = [&](const RadDetector& detector) {
      return detector.id == gross.detector && detector.category == category;
    };
    if (std::any_of(detectors.begin(), detectors.end(), of_it)) sum += gross.total();
  }
  return sum;
}

Result<N42File> read_n42(std::string_view bytes) {
  if (bytes.size() > kMaxN42Bytes) {
    return invalid_input("N42: file of " + std::to_string(bytes.size()) + " bytes; at most " +
                         std::to_string(kMaxN42Bytes) + " are read");
  }
  N42Framer framer(kMaxN42Bytes);
  std::vector<std::string> documents;
  framer.feed(bytes, documents);

  N42File file;
  std::size_t channels = 0;
  for (const std::string& text : documents) {
    if (auto done = Document(text, file, channels).read(); !done) {
      return done.error().within(documents.size() == 1 ? "N42" : "N42: document " + std::to_string(file.documents + 1));
    }
    ++file.documents;
  }
  file.truncated_documents = framer.truncated() + (framer.holds_partial() ? 1 : 0);
  if (file.documents == 0) {
    return invalid_input(file.truncated_documents > 0
                             ? "N42: the document is cut off: no closing </RadInstrumentData>"
                             : "N42: expected an XML document with the root RadInstrumentData, found none");
  }
  return file;
}

}  // namespace beltwarden::formats
