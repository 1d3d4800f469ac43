#include "apps/lab/answer_text.h"
#include "apps/lab/files.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "science/gamma/kut.h"
#include "science/gamma/limits.h"

namespace beltwarden::lab {
namespace {

struct ActivityOptions {
  std::string spectrum, background, model, limits;
  bool json = false;
};

Result<void> activity(const ActivityOptions& options) {
  auto text = read_input(options.model);
  if (!text) return text.error();
  auto calibration = gamma::kut_from_text(*text, options.model);
  if (!calibration) return calibration.error();
  auto spectrum = measured_spectrum(options.spectrum);
  if (!spectrum) return spectrum.error();
  auto background = measured_spectrum(options.background);
  if (!background) return background.error();
  auto result = gamma::weigh_kut(*spectrum, *background, *calibration);
  if (!result) return result.error();
  constexpr const char* kNames[] = {"K-40", "U-238", "Th-232"};
  std::string out = "{\"file\":" + json_text(options.spectrum);
  const auto put = [&](std::string_view name, const gamma::Activity& a) {
    out += ",\n " + json_text(name) + ":{\"bq_per_kg\":" + json_exact(a.bq_per_kg) + ",\"error\":" + json_exact(a.error) +
           ",\"decision_threshold\":" + json_exact(a.decision_threshold) + ",\"detection_limit\":" + json_exact(a.detection_limit) +
           ",\"detected\":" + (a.detected ? "true" : "false") + "}";
  };
  for (std::size_t s = 0; s < gamma::kSeries; ++s) put(kNames[s], result->series[s]);
  for (const auto& [nuclide, a] : result->artificial) put(nuclide, a);
  out += ",\n \"chi_squared\":" + json_exact(result->chi_squared) + ",\"bins\":" + std::to_string(result->bins) +
         ",\"energy\":{\"offset_kev\":" + json_exact(result->energy.offset_kev) +
         ",\"gain\":" + json_exact(result->energy.gain) + ",\"good\":" + (result->energy.good ? "true" : "false") + "}";
  if (!options.limits.empty()) {
    auto csv = read_input(options.limits);
    if (!csv) return csv.error();
    auto limits = gamma::limits_from_table(*csv, options.limits);
    if (!limits) return limits.error();
    out += ",\n \"limits\":[";
    bool first = true;
    for (const auto& judged : gamma::judge_limits(*limits, *result)) {
      out += (first ? "\n  {" : ",\n  {") + std::string("\"id\":") + json_text(judged.limit.id) +
             ",\"what\":" + json_text(judged.what) + ",\"value\":" + json_exact(judged.value) +
             ",\"error\":" + json_exact(judged.error) + ",\"limit\":" + json_exact(judged.limit.value) +
             ",\"unit\":" + json_text(judged.limit.unit) + ",\"verdict\":" + json_text(gamma::name_of(judged.verdict)) +
             ",\"source\":" + json_text(judged.limit.source) + ",\"verified\":" + (judged.limit.verified ? "true" : "false") + "}";
      first = false;
    }
    out += "]";
  }
  return write_output("-", out + "}\n");
}

}  // namespace

void add_gamma_activity(cli::Command& gamma, int& exit_code) {
  auto options = std::make_shared<ActivityOptions>();
  auto* command = gamma.add_subcommand("activity", "Weigh K-40, U-238 and Th-232 series and artificial nuclides in Bq/kg, with ISO 11929 limits");
  command->add_option("--spectrum", options->spectrum, "N42 or one-row series with its JSON")->required()->check(cli::ExistingFile());
  command->add_option("--background", options->background, "The same without the material")->required()->check(cli::ExistingFile());
  command->add_option("--model", options->model, "What 'gamma calibrate' wrote")->required()->check(cli::ExistingFile());
  command->add_option("--limits", options->limits,
                      "Table id,group,nuclide,quantity,value,unit,applies_to,source,verified,..: each limit is judged")
      ->check(cli::ExistingFile());
  command->add_flag("--json", options->json, "The result is JSON in any case");
  command->footer("Example: beltwarden gamma activity --spectrum C347.csv --background PB.csv --model kut.toml --json");
  command->callback([options, &exit_code] { exit_code = exit_status("gamma activity", activity(*options)); });
}

}  // namespace beltwarden::lab
