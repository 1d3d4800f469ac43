#include <cstdio>
#include <functional>
#include <limits>
#include <memory>

#include "apps/lab/answer_text.h"
#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/spectra/kinds.h"
#include "apps/lab/spectra/model_commands.h"
#include "science/spectra/white_dark.h"

namespace beltwarden::lab {
namespace {

struct FitOptions {
  std::string kind, data, out;
  bool mask_dead = false;
  std::vector<std::string> where;
  FitRequest request;
};

// Channels that say nothing: told of, and made missing in every row where that is asked for, so that no model uses them.
void look_for_dead_channels(spectra::TrainingSet& set, bool mask, const std::function<void(const std::string&)>& say) {
  const auto dead = spectra::dead_channels(set.spectra);
  std::string named;
  int count = 0;
  for (std::size_t j = 0; j < dead.size(); ++j) {
    const auto column = set.spectra.col(static_cast<Eigen::Index>(j));
    if (!dead[j] || !column.array().isFinite().any()) continue;
    if (count++ < 8) named += (named.empty() ? "" : ", ") + exact_number(set.axis_nm[j]);
    if (mask) set.spectra.col(static_cast<Eigen::Index>(j)).setConstant(std::numeric_limits<double>::quiet_NaN());
  }
  if (count == 0) return;
  say(std::to_string(count) + " channels never change, are often missing or far noisier than their neighbours (" + named + (count > 8 ? ", ..." : "") +
      " nm): " + (mask ? "left out" : "--mask-dead leaves them out"));
}

Result<void> fit(const FitOptions& o) {
  const auto kind = find_kind(o.kind);
  require_usage(kind ? (*kind)->check_usage(o.request) : Result<void>(kind.error()));
  require_usage(check_where(o.where));
  auto table = read_spectral_table(o.data, o.where);
  if (!table) return table.error();
  FitRequest request = o.request;
  request.table = std::move(*table);
  ProgressBar bar("fitting");
  request.progress = [&bar](const std::string& what, double share) { bar.show(what, share); };
  request.say = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  if (looks_like_micrometres(request.table.set.axis_nm)) {
    request.say("warning: the wavelengths of " + o.data + " end at " + exact_number(request.table.set.axis_nm.back()) + ", and nm are expected: are they micrometres?");
  }
  if (const auto repeated = repeated_ids(request.table); !repeated.empty()) request.say("warning: " + repeated);
  look_for_dead_channels(request.table.set, o.mask_dead, request.say);
  auto parts = (*kind)->fit(request);
  if (!parts) return parts.error();
  return write_model_file(o.out, (*kind)->name, std::move(*parts));
}

}  // namespace

void add_spectra_fit_command(cli::Command& spectra, int& exit_code) {
  auto o = std::make_shared<FitOptions>();
  auto* command = spectra.add_subcommand("fit", "Fit a model to the rows of a table");
  command->footer(
      "Treatments are words with commas between: raw, absorbance, snv, detrend, sg(window,order,derivative), ...;\n"
      "auto tries several, and several methods, by cross-validation and says why it chose.\n"
      "Example: beltwarden spectra fit --kind regression --data ore.csv --where set=train --response y:Fe --by class --out fe.model");
  command->add_option("--kind", o->kind, "regression, identity or screen")->required();
  command->add_option("--data", o->data, "table (CSV, may be gzip)")->required();
  command->add_option("--where", o->where, "column=value: rows to use; repeated: the same column gives alternatives")->take_all();
  command->add_option("--response", o->request.responses, "regression: column to predict; may be repeated")->take_all();
  command->add_option("--out", o->out, "model to write")->required();
  command->add_option("--preprocess", o->request.preprocess, "treatment of the spectra, or auto");
  command->add_option("--components", o->request.components, "number of PLS components, or auto");
  command->add_option("--method", o->request.method,
                      "auto, or for regression pls, pls2, simpls, local, gp; identity pls-da, lda, svm; screen likelihood, t2q, dd-simca");
  command->add_flag("--mask-dead", o->mask_dead, "leave out channels that never change, are often missing or far noisier than their neighbours");
  command->add_option("--by", o->request.by, "regression: a model for each value of this column");
  command->add_option("--class", o->request.class_column, "identity, screen: column of the class");
  command->add_option("--group", o->request.group, "column whose rows (of a lot, a specimen) cross-validation keeps together (default of regression and identity: group, where it tells rows apart)");
  command->add_option("--false-alarms", o->request.false_alarms, "screen: share of clean slices that may be called suspect")
      ->check(cli::Range(1e-6, 0.5));
  command->add_option("--library", o->request.library, "screen: table of spectra of foreign materials");
  command->add_option("--report", o->request.report, "fit report to write (HTML)");
  command->callback([o, &exit_code] { exit_code = exit_status("spectra fit", fit(*o)); });
}

}  // namespace beltwarden::lab
