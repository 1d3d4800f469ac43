#include "apps/lab/spectra/spectra_commands.h"

#include "apps/lab/spectra/convert_command.h"
#include "apps/lab/spectra/model_commands.h"

namespace beltwarden::lab {

void add_spectra_commands(cli::Command& app, int& exit_code) {
  auto* spectra = app.add_subcommand("spectra", "Read, model and judge optical spectra");
  spectra->require_subcommand(1);
  spectra->footer("Example: beltwarden spectra fit --kind regression --data ore.csv --where set=train --response y:Fe --out fe.model\n"
                  "         beltwarden spectra predict --model fe.model --data ore.csv --where set=test --average --out P.csv");
  add_convert_command(*spectra, exit_code);
  add_spectra_fit_command(*spectra, exit_code);
  add_spectra_predict_command(*spectra, exit_code);
  add_spectra_evaluate_command(*spectra, exit_code);
  add_spectra_follow_command(*spectra, exit_code);
  add_spectra_transfer_command(*spectra, exit_code);
  add_spectra_compare_commands(*spectra, exit_code);
}

}  // namespace beltwarden::lab
