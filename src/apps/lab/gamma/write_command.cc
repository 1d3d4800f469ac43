#include <cmath>

#include "apps/lab/files.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "base/time.h"

namespace beltwarden::lab {
namespace {

struct WriteOptions {
  std::string series, format = "n42", out, start = "1970-01-01T00:00:00Z";
};

Result<void> write(const WriteOptions& options) {
  auto start = parse_rfc3339(options.start);
  if (!start) return start.error().within("--start");
  auto series = load_series(options.series);
  if (!series) return series.error();
  formats::N42File file;
  file.instrument_id = series_name(options.series);
  file.detectors.push_back({"sum", "Gamma", "NaI"});
  for (std::size_t i = 0; i < series->size(); ++i) {
    formats::RadMeasurement m;
    m.start = Time{start->ns + static_cast<std::int64_t>(std::llround(series->time_s[i] * 1e9))};
    m.real_s = i + 1 < series->size() ? series->time_s[i + 1] - series->time_s[i]
               : i > 0                ? series->time_s[i] - series->time_s[i - 1]
                                      : series->live_s[i];
    m.real_s = std::round(std::max(m.real_s, series->live_s[i]) * 1e6) / 1e6;
    if (series->has_speed) m.speed_mps = series->speed_mps[i];
    formats::RadSpectrum spectrum;
    spectrum.detector = "sum";
    const auto row = series->row(i);
    spectrum.counts.assign(row.begin(), row.end());
    spectrum.live_s = series->live_s[i];
    spectrum.real_s = m.real_s;
    spectrum.energy_edges = series->energy_edges_kev;
    m.spectra.push_back(std::move(spectrum));
    file.measurements.push_back(std::move(m));
  }
  auto text = formats::write_n42(file);
  if (!text) return text.error().within(options.series);
  return write_output(options.out, *text);
}

}  // namespace

void add_gamma_write(cli::Command& gamma, int& exit_code) {
  auto options = std::make_shared<WriteOptions>();
  auto* command = gamma.add_subcommand("write", "Write a series as N42-2011, valid against the schema");
  command->add_option("--series", options->series, "Series t,live,speed_mps,load_kg_per_m,c0..")->required()->check(cli::ExistingFile());
  command->add_option("--format", options->format, "n42")->check(cli::IsMember({"n42"}));
  command->add_option("--start", options->start, "Time of t = 0, RFC 3339");
  command->add_option("--out", options->out, "The N42 file, or '-'")->required();
  command->footer("Example: beltwarden gamma write --series D01.csv.gz --format n42 --out D01.n42");
  command->callback([options, &exit_code] { exit_code = exit_status("gamma write", write(*options)); });
}

}  // namespace beltwarden::lab
