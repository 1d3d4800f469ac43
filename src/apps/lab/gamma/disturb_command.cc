#include <cstdio>

#include "apps/lab/files.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "science/gamma/disturb.h"

namespace beltwarden::lab {
namespace {

struct DisturbOptions {
  std::string series, how, out;
  double size = 0, from_s = 0, to_s = 1e12;
  int detectors = 4;
  std::uint64_t seed = 1;
};

Result<void> disturb(const DisturbOptions& options) {
  auto series = load_series(options.series);
  if (!series) return series.error();
  const auto what = gamma::disturbance_of(options.how);
  double size = options.size;
  if (!(size > 0)) size = what == gamma::Disturbance::kNoisy ? 300 : 0.03;
  gamma::Disturber disturber(*what, size, options.detectors, series->energy_edges_kev, options.seed);
  std::string csv = "t,live,speed_mps,load_kg_per_m";
  for (std::size_t c = 0; c < series->channels; ++c) csv += ",c" + std::to_string(c);
  csv += '\n';
  std::vector<std::uint32_t> row;
  for (std::size_t i = 0; i < series->size(); ++i) {
    row.assign(series->row(i).begin(), series->row(i).end());
    const double t = series->time_s[i];
    if (t >= options.from_s && t < options.to_s) disturber.apply(t, series->live_s[i], row);
    char head[120];
    std::snprintf(head, sizeof head, "%.10g,%.10g,%.10g,", t, series->live_s[i], series->speed_mps[i]);
    csv += head;
    if (series->load_known[i]) std::snprintf(head, sizeof head, "%.10g", series->load_kg_per_m[i]), csv += head;
    for (const std::uint32_t count : row) csv += ',' + std::to_string(count);
    csv += '\n';
  }
  if (auto written = write_output(options.out, csv); !written) return written;
  if (options.out == "-") return {};
  std::string json = "{\"energy_edges_kev\":[";
  for (std::size_t i = 0; i < series->energy_edges_kev.size(); ++i) {
    char number[40];
    std::snprintf(number, sizeof number, "%s%.10g", i == 0 ? "" : ",", series->energy_edges_kev[i]);
    json += number;
  }
  return write_output(json_beside(options.out), json + "]}\n");
}

}  // namespace

void add_gamma_disturb(cli::Command& gamma, int& exit_code) {
  auto options = std::make_shared<DisturbOptions>();
  auto* command = gamma.add_subcommand("disturb", "Put an instrument fault into a recorded series, to see what a monitor makes of it");
  command->add_option("--series", options->series, "Series to change")->required()->check(cli::ExistingFile());
  command->add_option("--how", options->how, "gain: the energy scale swings; jump: it moves within five seconds; stuck, dead: one detector of several; noisy: noise at low energies")
      ->required()
      ->check(cli::IsMember({"gain", "jump", "stuck", "dead", "noisy"}));
  command->add_option("--size", options->size, "gain, jump: share that the scale moves by (0.03); noisy: cps (300)")->check(cli::Range(0.0, 1e6));
  command->add_option("--detectors", options->detectors, "How many are summed")->check(cli::Range(1, 1000));
  command->add_option("--from", options->from_s, "s, when it begins");
  command->add_option("--to", options->to_s, "s, when it ends");
  command->add_option("--seed", options->seed, "Of the draws");
  command->add_option("--out", options->out, "Series with its JSON beside it, or - for the table alone")->required();
  command->footer("Example: beltwarden gamma disturb --series D01.csv.gz --how stuck --from 600 --to 660 --out stuck/D01.csv");
  command->callback([options, &exit_code] { exit_code = exit_status("gamma disturb", disturb(*options)); });
}

}  // namespace beltwarden::lab
