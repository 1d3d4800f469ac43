#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/spectra/kinds.h"
#include "apps/lab/spectra/model_commands.h"

namespace beltwarden::lab {
namespace {

struct EvaluateOptions {
  std::string model, data;
  std::vector<std::string> where;
  bool average = false, json = false;
};

Result<void> evaluate(const EvaluateOptions& o) {
  require_usage(check_where(o.where));
  auto model = read_model_file(o.model);
  if (!model) return model.error();
  auto table = read_spectral_table(o.data, o.where);
  if (!table) return table.error();
  ProgressBar bar("judging");
  auto text = model->kind->evaluate(model->parts, *table, o.average, o.json, [&bar](double share) { bar.show(share); });
  if (!text) return text.error();
  return write_output("-", *text);
}

}  // namespace

void add_spectra_evaluate_command(cli::Command& spectra, int& exit_code) {
  auto o = std::make_shared<EvaluateOptions>();
  auto* command = spectra.add_subcommand("evaluate", "Compare a model's answers with the table's laboratory values or classes");
  command->footer("Example: beltwarden spectra evaluate --model fe.model --data ore.csv --where set=test --json");
  command->add_option("--model", o->model, "model that 'spectra fit' wrote")->required();
  command->add_option("--data", o->data, "table (CSV, may be gzip)")->required();
  command->add_option("--where", o->where, "column=value: rows to use; repeated: the same column gives alternatives")->take_all();
  command->add_flag("--average", o->average, "one answer a slice: the id before '/'");
  command->add_flag("--json", o->json, "JSON instead of lines for people");
  command->callback([o, &exit_code] { exit_code = exit_status("spectra evaluate", evaluate(*o)); });
}

}  // namespace beltwarden::lab
