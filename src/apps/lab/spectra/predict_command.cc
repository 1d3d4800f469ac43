#include <cstdio>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/spectra/kinds.h"
#include "apps/lab/spectra/model_commands.h"

namespace beltwarden::lab {
namespace {

struct PredictOptions {
  std::string model, data, out;
  std::vector<std::string> where;
  bool average = false;
};

Result<void> predict(const PredictOptions& o) {
  require_usage(check_where(o.where));
  auto model = read_model_file(o.model);
  if (!model) return model.error();
  auto table = read_spectral_table(o.data, o.where);
  if (!table) return table.error();
  if (const auto repeated = repeated_ids(*table); !repeated.empty() && !o.average) std::fprintf(stderr, "warning: %s\n", repeated.c_str());
  ProgressBar bar("predicting");
  auto csv = model->kind->predict(model->parts, *table, o.average, [&bar](double share) { bar.show(share); });
  if (!csv) return csv.error();
  return write_output(o.out, *csv);
}

}  // namespace

void add_spectra_predict_command(cli::Command& spectra, int& exit_code) {
  auto o = std::make_shared<PredictOptions>();
  auto* command = spectra.add_subcommand("predict", "Ask a model about the rows of a table");
  command->footer("Example: beltwarden spectra predict --model fe.model --data ore.csv --where set=test --average --out P.csv");
  command->add_option("--model", o->model, "model that 'spectra fit' wrote")->required();
  command->add_option("--data", o->data, "table (CSV, may be gzip)")->required();
  command->add_option("--where", o->where, "column=value: rows to use; repeated: the same column gives alternatives")->take_all();
  command->add_flag("--average", o->average, "one answer a slice: the id before '/'");
  command->add_option("--out", o->out, "CSV to write, - for stdout")->required();
  command->callback([o, &exit_code] { exit_code = exit_status("spectra predict", predict(*o)); });
}

}  // namespace beltwarden::lab
