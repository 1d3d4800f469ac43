#include <map>

#include "formats/n42_fields.h"
#include "formats/text.h"

namespace beltwarden::formats {
namespace {

struct Calibration {
  std::vector<double> coefficients, edges;
};

class Edition2011 : N42Fields {
 public:
  using N42Fields::N42Fields;

  Result<void> read(const pugi::xml_node& root) {
    file_.edition = namespace_of(root).find("/2020/") == std::string::npos ? "2011" : "2020";
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
    for (const auto& derived : children(root, "DerivedData")) file_.derived_spectra += children(derived, "Spectrum").size();
    for (const auto& analysis : children(root, "AnalysisResults")) report_nuclide(analysis, "NuclideAnalysisResults");
    return {};
  }

 private:
  // The namespace that the root's own prefix stands for; "" where it is not declared.
  static std::string namespace_of(const pugi::xml_node& root) {
    const std::string_view name = root.name();
    const std::size_t colon = name.find(':');
    const std::string declared = colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
    return attribute(root, {declared.c_str()});
  }

  Result<void> read_calibration(const pugi::xml_node& node) {
    auto polynomial = coefficients(node, "CoefficientValues", kMaxN42Coefficients);
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
    if (!*start) remark("RadMeasurement without StartDateTime");
    measurement.start = *start;
    auto real_s = duration(node, "RealTimeDuration", 0);
    if (!real_s) return real_s.error();
    measurement.real_s = *real_s;
    for (const auto& spectrum : children(node, "Spectrum")) {
      if (!child(spectrum, "ChannelData")) {
        remark("Spectrum without ChannelData; left out");
        continue;
      }
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
      read_place(state);
      if (const std::string speed = child_text(child(state, "StateVector"), "SpeedValue");
          name == "RadItemState" && !speed.empty()) {
        measurement.speed_mps = parse_number(speed);
        if (!measurement.speed_mps) return fail(state, "SpeedValue: expected a number, found " + quoted(speed));
      }
    }
    if (auto done = read_occupied(node, "OccupancyIndicator", measurement.occupied); !done) return done;
    return add(std::move(measurement));
  }

  Result<RadSpectrum> read_spectrum(const pugi::xml_node& node, double real_s) {
    RadSpectrum spectrum;
    spectrum.detector = attribute(node, {"radDetectorInformationReference"});
    spectrum.real_s = real_s;
    auto live_s = duration(node, "LiveTimeDuration", real_s);
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
    auto live_s = duration(node, "LiveTimeDuration", 0);
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

  std::map<std::string, Calibration> calibrations_;
};

}  // namespace

Result<void> read_n42_2011(const pugi::xml_node& root, std::string_view text, N42File& file, std::size_t& channels) {
  return Edition2011(text, file, channels).read(root);
}

}  // namespace beltwarden::formats
