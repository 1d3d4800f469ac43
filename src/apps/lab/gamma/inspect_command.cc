#include <algorithm>
#include <cstdio>

#include "apps/lab/files.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "apps/lab/progress_bar.h"
#include "science/gamma/energy_grid.h"

namespace beltwarden::lab {
namespace {

struct InspectOptions {
  std::string model, out;
  std::vector<std::string> series;
};

void append_event(const std::string& series, const gamma::BeltEvent& event, std::string& csv) {
  char line[200];
  std::snprintf(line, sizeof line, ",%.2f,%.2f,%s,", event.start_s, event.end_s,
                std::string(gamma::name_of(event.kind)).c_str());
  csv += series + line + event.nuclide;
  std::snprintf(line, sizeof line, ",%.3f,%.1f\n", event.confidence, event.added_cps);
  csv += line;
}

Result<void> inspect(const InspectOptions& options) {
  auto model = load_belt_model(options.model);
  if (!model) return model.error();
  std::string csv = "series,start_s,end_s,kind,nuclide,confidence,added_cps\n";
  ProgressBar bar("inspecting");
  std::size_t done = 0;
  for (const auto& path : options.series) {
    auto read = load_series(path);
    if (!read) return read.error();
    for (const auto& remark : read->remarks) std::fprintf(stderr, "%s: %s\n", path.c_str(), remark.c_str());
    const auto series = belt_series(series_name(path), std::make_shared<const formats::GammaSeries>(std::move(*read)));
    const gamma::Fold fold(series.channel_edges_kev, model->background.edges_kev);
    std::vector<double> bins(fold.bins());
    gamma::BeltMonitor monitor(*model);
    std::vector<gamma::BeltEvent> events;
    const auto take = [&](std::vector<gamma::BeltEvent>&& more) {
      for (auto& event : more) {
        if (event.over) events.push_back(std::move(event));
      }
    };
    for (std::size_t i = 0; i < series.size; ++i) {
      const gamma::BeltInterval interval = series.interval(i);
      fold.apply(interval.counts, bins);
      take(monitor.observe(interval, bins).events);
      if (i % 500 == 0) {
        bar.show((static_cast<double>(done) + static_cast<double>(i) / static_cast<double>(series.size)) /
                 static_cast<double>(options.series.size()));
      }
    }
    take(monitor.finish());
    std::stable_sort(events.begin(), events.end(),
                     [](const gamma::BeltEvent& a, const gamma::BeltEvent& b) { return a.start_s < b.start_s; });
    for (const auto& event : events) append_event(series.name, event, csv);
    ++done;
  }
  return write_output(options.out, csv);
}

}  // namespace

void add_gamma_inspect(cli::Command& gamma, int& exit_code) {
  auto options = std::make_shared<InspectOptions>();
  auto* command = gamma.add_subcommand("inspect", "Find sources and instrument faults in series of a loaded belt");
  command->add_option("--model", options->model, "What 'gamma tune' wrote")->required()->check(cli::ExistingFile());
  command->add_option("--series", options->series, "Series to inspect")->required()->check(cli::ExistingFile());
  command->add_option("--out", options->out, "Events: series,start_s,end_s,kind,nuclide,confidence,added_cps")->required();
  command->footer("Example: beltwarden gamma inspect --model belt.model --series D01.csv.gz D03.csv.gz --out E.csv");
  command->callback([options, &exit_code] { exit_code = exit_status("gamma inspect", inspect(*options)); });
}

}  // namespace beltwarden::lab
