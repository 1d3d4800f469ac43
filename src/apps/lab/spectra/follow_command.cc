#include <cmath>
#include <cstdio>
#include <memory>

#include "apps/lab/files.h"
#include "apps/lab/answer_text.h"
#include "apps/lab/progress_bar.h"
#include "apps/lab/spectra/follow_history.h"
#include "apps/lab/spectra/kinds.h"
#include "apps/lab/spectra/model_commands.h"
#include "apps/lab/spectra/regression_model.h"
#include "science/spectra/follower.h"
#include "science/spectra/training_bytes.h"

namespace beltwarden::lab {
namespace {

struct FollowOptions {
  std::string model, data, response, out;
  std::vector<std::string> where;
};

// The response named, as the only one of a set.
Result<spectra::TrainingSet> only(spectra::TrainingSet set, const std::string& response, const std::string& whose) {
  const std::string bare = response.starts_with("y:") ? response.substr(2) : response;
  for (std::size_t i = 0; i < set.responses.size(); ++i) {
    if (set.responses[i] != bare && set.responses[i] != "y:" + bare) continue;
    set.values = Eigen::MatrixXd(set.values.col(static_cast<Eigen::Index>(i)));
    set.responses = {set.responses[i]};
    return set;
  }
  return invalid_input(whose + ": expected column '" + response + "', which is not there");
}

Result<void> follow(const FollowOptions& o) {
  require_usage(check_where(o.where));
  auto model = read_model_file(o.model);
  if (!model) return model.error();
  const auto kept = model->parts.find("calibration");
  if (kept == model->parts.end()) {
    return invalid_input(o.model + ": expected a regression, which keeps the rows it was fitted on; found a model of kind " + std::string(model->kind->name));
  }
  auto rows = spectra::training_from_bytes(kept->second);
  if (!rows) return rows.error().within(o.model);
  auto table = read_spectral_table(o.data, o.where);
  if (!table) return table.error();
  auto history = only(std::move(*rows), o.response, o.model);
  if (!history) return history.error();
  auto truth = only(table->set, o.response, o.data);
  if (!truth) return truth.error();
  auto spectra = spectra_on(*table, history->axis_nm);
  if (!spectra) return spectra.error();
  FollowHistory before;
  before.ids = lines_of(model->parts, "ids");
  before.dates = lines_of(model->parts, "dates");
  before.set = std::move(*history);
  const auto cut = first_row_not_before(before, *table, *spectra);
  const auto rows_before = before.set.rows();
  ProgressBar bar("tuning");
  auto follower = spectra::Follower::fit(std::move(before.set), {.progress = [&bar](double share) { bar.show(share); }});
  if (!follower) return follower.error().within(o.model);
  std::fprintf(stderr, "history: %s, %d components; %.4g RMSE when each value is predicted from those before it\n",
               spectra::to_string(follower->treatment().steps()).c_str(), follower->components(), follower->history_rmse());
  if (cut < rows_before) {
    std::fprintf(stderr, "the table begins at row %td of the model's %td: values from there on count as they are met again\n", cut + 1, rows_before);
    follower->forget_from(cut);
  }
  std::string out = "id,value,std_error,verdict,drift,drift_index\n";
  for (std::size_t i = 0; i < table->rows(); ++i) {
    bar.show("following", static_cast<double>(i) / static_cast<double>(table->rows()));
    const auto row = static_cast<Eigen::Index>(i);
    const auto p = follower->predict(spectra->row(row).transpose(), table->set.classes.empty() ? std::string() : table->set.classes[i]);
    out += csv_field(table->ids[i]) + ',';
    if (p.valid) out += exact_number(p.value) + ',' + exact_number(p.std_error);
    else out += ',';
    out += !p.valid ? ",invalid," : p.outside ? ",outside_calibration," : ",ok,";
    out += (p.drift > 1 ? "1," : "0,") + exact_number(p.drift) + '\n';
    if (std::isfinite(truth->values(row, 0))) follower->learn(truth->values(row, 0));
  }
  return write_output(o.out, out);
}

}  // namespace

void add_spectra_follow_command(cli::Command& spectra, int& exit_code) {
  auto o = std::make_shared<FollowOptions>();
  auto* command = spectra.add_subcommand("follow", "Predict rows in time order, learning from each laboratory value after its row");
  command->footer(
      "The model's own training rows are the history, as far as they come before the table's.\n"
      "drift is 1 while the laboratory's values keep leaving the predictions to one side.\n"
      "Example: beltwarden spectra follow --model density.model --data plant.csv --response y:density --out P.csv");
  command->add_option("--model", o->model, "regression that 'spectra fit' wrote")->required();
  command->add_option("--data", o->data, "table in time order (CSV, may be gzip); column class is the grade")->required();
  command->add_option("--where", o->where, "column=value: rows to use; repeated: the same column gives alternatives")->take_all();
  command->add_option("--response", o->response, "column to follow")->required();
  command->add_option("--out", o->out, "CSV to write, - for stdout")->required();
  command->callback([o, &exit_code] { exit_code = exit_status("spectra follow", follow(*o)); });
}

}  // namespace beltwarden::lab
