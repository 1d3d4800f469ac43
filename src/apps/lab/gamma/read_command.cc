#include <algorithm>
#include <map>
#include <numeric>

#include "apps/lab/answer_text.h"
#include "apps/lab/files.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "base/time.h"

namespace beltwarden::lab {
namespace {

std::string list(std::span<const double> values) {
  std::string out = "[";
  for (const double value : values) out += (out.size() > 1 ? "," : "") + json_exact(value);
  return out + "]";
}

std::string texts(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const auto& value : values) out += (out.size() > 1 ? "," : "") + json_text(value);
  return out + "]";
}

std::string describe(const formats::N42File& file) {
  struct PerDetector {
    std::size_t spectra = 0, channels = 0;
    std::uint64_t counts = 0;
    double live_s = 0;
    std::vector<double> calibration;
  };
  std::map<std::string, PerDetector> detectors;
  std::uint64_t total = 0;
  std::size_t spectra = 0, gross_records = 0, occupied = 0, unoccupied = 0, faults = 0;
  double live = 0, gross = 0, neutrons = 0;
  for (const auto& m : file.measurements) {
    for (const auto& spectrum : m.spectra) {
      ++spectra;
      total += spectrum.total_counts();
      live += spectrum.live_s;
      auto& detector = detectors[spectrum.detector];
      ++detector.spectra;
      detector.channels = std::max(detector.channels, spectrum.counts.size());
      detector.counts += spectrum.total_counts();
      detector.live_s += spectrum.live_s;
      if (detector.calibration.empty()) detector.calibration = spectrum.calibration;
    }
    gross_records += m.gross.size();
    for (const auto& g : m.gross) gross += g.total();
    neutrons += file.gross_of(m, "Neutron");
    if (m.occupied) ++(*m.occupied ? occupied : unoccupied);
    faults += m.faults.size();
  }
  std::string out = "\"format\":\"N42-" + file.edition + "\",\"samples\":" + std::to_string(file.measurements.size()) +
                    ",\"spectra\":" + std::to_string(spectra) + ",\"total_counts\":" + std::to_string(total) +
                    ",\"total_live_s\":" + json_exact(live) + ",\"documents\":" + std::to_string(file.documents) +
                    ",\"truncated_documents\":" + std::to_string(file.truncated_documents) +
                    ",\"derived_spectra\":" + std::to_string(file.derived_spectra) +
                    ",\"gross_count_records\":" + std::to_string(gross_records) + ",\"gross_counts\":" + json_exact(gross) +
                    ",\"neutron_counts\":" + json_exact(neutrons) + ",\"occupied_samples\":" + std::to_string(occupied) +
                    ",\"unoccupied_samples\":" + std::to_string(unoccupied) + ",\"faults\":" + std::to_string(faults) +
                    ",\"instrument\":" + json_text(file.manufacturer + " " + file.model) +
                    ",\"detectors_declared\":" + std::to_string(file.detectors.size()) + ",\"detectors\":[";
  bool first = true;
  for (const auto& [name, detector] : detectors) {
    out += (first ? "{" : ",{") + std::string("\"name\":") + json_text(name) +
           ",\"spectra\":" + std::to_string(detector.spectra) + ",\"channels\":" + std::to_string(detector.channels) +
           ",\"counts\":" + std::to_string(detector.counts) + ",\"live_s\":" + json_exact(detector.live_s) +
           ",\"calibration\":" + list(detector.calibration) + "}";
    first = false;
  }
  out += "],\"nuclides_reported\":" + texts(file.nuclides_reported);
  if (file.latitude && file.longitude)
    out += ",\"latitude\":" + json_exact(*file.latitude) + ",\"longitude\":" + json_exact(*file.longitude);
  if (!file.measurements.empty() && file.measurements.front().start)
    out += ",\"start\":" + json_text(to_rfc3339(*file.measurements.front().start));
  return out + ",\"remarks\":" + texts(file.remarks);
}

std::string describe(const formats::GammaSeries& series) {
  const auto total = std::accumulate(series.counts.begin(), series.counts.end(), std::uint64_t{0});
  const double live = std::accumulate(series.live_s.begin(), series.live_s.end(), 0.0);
  const std::string n = std::to_string(series.size());
  std::string out = "\"format\":\"CSV\",\"samples\":" + n + ",\"spectra\":" + n + ",\"total_counts\":" + std::to_string(total) +
                    ",\"total_live_s\":" + json_exact(live) + ",\"channels\":" + std::to_string(series.channels) +
                    ",\"start_s\":" + json_exact(series.time_s.front()) + ",\"last_s\":" + json_exact(series.time_s.back());
  if (!series.energy_edges_kev.empty()) {
    out += ",\"lowest_kev\":" + json_exact(series.energy_edges_kev.front()) +
           ",\"highest_kev\":" + json_exact(series.energy_edges_kev.back());
  }
  return out + ",\"remarks\":" + texts(series.remarks);
}

Result<std::string> describe(const std::string& path) {
  auto bytes = read_input(path);
  if (!bytes) return bytes.error();
  const std::size_t first = bytes->find_first_not_of(" \t\r\n\x02\xEF\xBB\xBF");
  if (first != std::string::npos && (*bytes)[first] == '<') {
    auto file = formats::read_n42(*bytes);
    if (!file) return file.error().within(path);
    return describe(*file);
  }
  bytes->clear();
  auto series = load_series(path, false);
  if (!series) return series.error();
  return describe(*series);
}

Result<void> read(const std::vector<std::string>& files) {
  std::string out;
  for (const auto& path : files) {
    auto text = describe(path);
    if (!text) return text.error();
    out += "{\"file\":" + json_text(path) + "," + *text + "}\n";
  }
  return write_output("-", out);
}

}  // namespace

void add_gamma_read(cli::Command& gamma, int& exit_code) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto json = std::make_shared<bool>(false);
  auto* command = gamma.add_subcommand("read", "Say what N42 files and gamma series hold, one JSON object a line");
  command->add_option("files", *files, "N42 (2006, 2011, 2020) or series tables, packed or not")
      ->required()
      ->check(cli::ExistingFile());
  command->add_flag("--json", *json, "The result is JSON in any case");
  command->footer("Example: beltwarden gamma read portal.n42 D01.csv.gz --json");
  command->callback([files, json, &exit_code] { exit_code = exit_status("gamma read", read(*files)); });
}

}  // namespace beltwarden::lab
