#include "apps/lab/answer_text.h"
#include "apps/lab/files.h"
#include "apps/lab/gamma/gamma_commands.h"
#include "apps/lab/gamma/series_files.h"
#include "science/gamma/spectrum_identify.h"

namespace beltwarden::lab {
namespace {

constexpr double kLikely = 0.5;

struct IdentifyOptions {
  std::string spectrum, model;
  bool json = false;
};

Result<void> identify(const IdentifyOptions& options) {
  auto spectrum = load_spectrum(options.spectrum);
  if (!spectrum) return spectrum.error();
  gamma::TemplateLibrary library;
  if (options.model.empty()) {
    library = gamma::response_templates();
  } else {
    auto model = load_belt_model(options.model);
    if (!model) return model.error();
    library = std::move(model->library);
  }
  auto named = gamma::name_spectrum(spectrum->counts, spectrum->edges_kev, spectrum->background, library);
  if (!named) return named.error().within(options.spectrum);
  bool natural = false, artificial = false;
  std::string list;
  for (const auto& nuclide : named->nuclides) {
    // What is only possible does not make a natural spectrum a mixed one.
    if (list.empty() || nuclide.confidence >= kLikely) (nuclide.natural ? natural : artificial) = true;
    list += (list.empty() ? "" : ",") + std::string("{\"nuclide\":") + json_text(nuclide.nuclide) +
            ",\"confidence\":" + json_exact(nuclide.confidence) + ",\"natural\":" + (nuclide.natural ? "true" : "false") + "}";
  }
  const char* kind = natural && artificial ? "mixed" : artificial ? "artificial" : natural ? "natural" : "unknown";
  const bool any = !named->nuclides.empty();
  return write_output("-", "{\"file\":" + json_text(options.spectrum) + ",\"kind\":" + json_text(kind) +
                               ",\"nuclide\":" + json_text(any ? named->nuclides[0].nuclide : "unknown") +
                               ",\"confidence\":" + json_exact(any ? named->nuclides[0].confidence : 0) +
                               ",\"nuclides\":[" + list + "],\"gain\":" + json_exact(named->gain) +
                               ",\"live_s\":" + json_exact(spectrum->live_s) + "}\n");
}

}  // namespace

void add_gamma_identify(cli::Command& gamma, int& exit_code) {
  auto options = std::make_shared<IdentifyOptions>();
  auto* command = gamma.add_subcommand("identify", "Name the nuclides in one spectrum of any detector");
  command->add_option("--spectrum", options->spectrum, "N42 or series with its JSON; all foreground is summed")
      ->required()
      ->check(cli::ExistingFile());
  command->add_option("--model", options->model, "What 'gamma tune' wrote: its templates are compared with")
      ->check(cli::ExistingFile());
  command->add_flag("--json", options->json, "The result is JSON in any case");
  command->footer("Example: beltwarden gamma identify --spectrum handheld.n42 --model belt.model --json");
  command->callback([options, &exit_code] { exit_code = exit_status("gamma identify", identify(*options)); });
}

}  // namespace beltwarden::lab
