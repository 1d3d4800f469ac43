#include <cstdio>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/spectra/kinds.h"
#include "apps/lab/spectra/model_commands.h"
#include "apps/lab/spectra/transfer_fit.h"

namespace beltwarden::lab {
namespace {

struct TransferOptions {
  std::string model, from, to, out;
  std::vector<std::string> where;
};

Result<void> transfer(const TransferOptions& o) {
  require_usage(check_where(o.where));
  auto file = read_model_file(o.model);
  if (!file) return file.error();
  if (file->kind->name != "regression") return invalid_input(o.model + ": expected a regression, found kind '" + std::string(file->kind->name) + "'");
  auto models = RegressionModels::from_bundle(file->parts);
  if (!models) return models.error().within(o.model);
  auto a = read_spectral_table(o.from, o.where);
  if (!a) return a.error();
  auto b = read_spectral_table(o.to, o.where);
  if (!b) return b.error();
  ProgressBar bar("comparing");
  auto moved = transfer_models(*models, *a, *b, [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); },
                               [&bar](double share) { bar.show(share); });
  if (!moved) return moved.error();
  return write_model_file(o.out, "regression", moved->to_bundle());
}

}  // namespace

void add_spectra_transfer_command(cli::Command& spectra, int& exit_code) {
  auto o = std::make_shared<TransferOptions>();
  auto* command = spectra.add_subcommand("transfer", "Move a regression to another instrument by standards measured on both");
  command->footer("Rows with the same id are the same standard. Slope and bias, DS, PDS, a standard-free match and new fits on moved\n"
                  "spectra are compared by leaving standards out; laboratory values in the tables are used where there are any.\n"
                  "Example: beltwarden spectra transfer --model m5.model --from standards_m5.csv --to standards_mp6.csv --out mp6.model");
  command->add_option("--model", o->model, "regression fitted on the first instrument")->required();
  command->add_option("--from", o->from, "standards on the first instrument (table)")->required();
  command->add_option("--to", o->to, "the same standards on the second (table)")->required();
  command->add_option("--where", o->where, "column=value: rows to use, of both tables")->take_all();
  command->add_option("--out", o->out, "model for the second instrument")->required();
  command->callback([o, &exit_code] { exit_code = exit_status("spectra transfer", transfer(*o)); });
}

}  // namespace beltwarden::lab
