#include <cstdio>

#include "apps/lab/files.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "apps/lab/progress_bar.h"

namespace beltwarden::lab {
namespace {

struct TuneOptions {
  std::vector<std::string> series;
  std::string templates, out;
  double false_alarms_per_hour = 0.125;
};

Result<void> tune(const TuneOptions& options) {
  gamma::TemplateLibrary library;
  if (options.templates.empty()) {
    library = gamma::response_templates();
  } else {
    auto csv = read_input(options.templates);
    if (!csv) return csv.error();
    auto read = gamma::templates_from_table(*csv, options.templates);
    if (!read) return read.error();
    library = std::move(*read);
  }
  ProgressBar bar("reading");
  std::vector<gamma::BeltSeries> series;
  for (const auto& path : options.series) {
    auto read = load_series(path);
    if (!read) return read.error();
    series.push_back(belt_series(series_name(path), std::make_shared<const formats::GammaSeries>(std::move(*read))));
    bar.show(static_cast<double>(series.size()) / static_cast<double>(options.series.size()));
  }
  auto model = gamma::tune_belt(series, std::move(library), options.false_alarms_per_hour,
                                [&](double share) { bar.show("tuning", share); });
  if (!model) return model.error();
  const auto& b = model->background;
  std::fprintf(stderr,
               "%.2f h of %d series: background to %.3f of counting statistics a bin, energy scale %.4f%s; "
               "threshold %.2f for %.3f false alarms an hour, found %.3f there\n",
               b.hours, b.series, b.deviance_per_bin, b.anchor_gain, b.anchored ? "" : " (no line stands out)",
               model->threshold, model->asked_per_hour, model->achieved_per_hour);
  return write_output(options.out, gamma::to_text(*model));
}

}  // namespace

void add_gamma_tune(cli::Command& gamma, int& exit_code) {
  auto options = std::make_shared<TuneOptions>();
  auto* command = gamma.add_subcommand("tune", "Learn the background of a belt and set thresholds on series without sources");
  command->add_option("--series", options->series, "Series t,live,speed_mps,load_kg_per_m,c0.. without sources")
      ->required()
      ->check(cli::ExistingFile());
  command->add_option("--templates", options->templates,
                      "Source spectra template,source,shielding,real_s,live_s,e0_keV,gain_keV_per_ch,c0..; "
                      "without them Beltwarden's own response model")
      ->check(cli::ExistingFile());
  command->add_option("--false-alarms-per-hour", options->false_alarms_per_hour, "What all tests together may raise")
      ->check(cli::Range(1e-6, 3600.0));
  command->add_option("--out", options->out, "The model")->required();
  command->footer("Example: beltwarden gamma tune --series D02.csv.gz D10.csv.gz --templates reflib.csv "
                  "--false-alarms-per-hour 0.125 --out belt.model");
  command->callback([options, &exit_code] { exit_code = exit_status("gamma tune", tune(*options)); });
}

}  // namespace beltwarden::lab
