// `beltwarden gamma`: reading spectra, tuning and running the belt monitor, naming nuclides, weighing K, U and Th.
#pragma once

#include "apps/cli/command.h"

namespace beltwarden::lab {

/// Adds `gamma` with its sub-commands; each sets `exit_code` (0, or 1 after one line on stderr).
void add_gamma_commands(cli::Command& app, int& exit_code);

// One file each.
void add_gamma_read(cli::Command& gamma, int& exit_code);
void add_gamma_write(cli::Command& gamma, int& exit_code);
void add_gamma_tune(cli::Command& gamma, int& exit_code);
void add_gamma_inspect(cli::Command& gamma, int& exit_code);
void add_gamma_identify(cli::Command& gamma, int& exit_code);
void add_gamma_calibrate(cli::Command& gamma, int& exit_code);
void add_gamma_activity(cli::Command& gamma, int& exit_code);
void add_gamma_evaluate(cli::Command& gamma, int& exit_code);
void add_gamma_disturb(cli::Command& gamma, int& exit_code);

}  // namespace beltwarden::lab
