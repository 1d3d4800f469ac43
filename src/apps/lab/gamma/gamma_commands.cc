#include "apps/lab/gamma/gamma_commands.h"

namespace beltwarden::lab {

void add_gamma_commands(cli::Command& app, int& exit_code) {
  auto* gamma = app.add_subcommand("gamma", "Gamma spectra: read, watch a belt, name nuclides, weigh K, U and Th");
  gamma->require_subcommand(1);
  gamma->footer("Example: beltwarden gamma tune --series D02.csv.gz D10.csv.gz --out belt.model\n"
                "         beltwarden gamma inspect --model belt.model --series D01.csv.gz --out E.csv");
  add_gamma_read(*gamma, exit_code);
  add_gamma_write(*gamma, exit_code);
  add_gamma_tune(*gamma, exit_code);
  add_gamma_inspect(*gamma, exit_code);
  add_gamma_evaluate(*gamma, exit_code);
  add_gamma_disturb(*gamma, exit_code);
  add_gamma_identify(*gamma, exit_code);
  add_gamma_calibrate(*gamma, exit_code);
  add_gamma_activity(*gamma, exit_code);
}

}  // namespace beltwarden::lab
