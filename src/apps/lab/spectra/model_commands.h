// Commands that work on models of any kind.
#pragma once

#include "apps/cli/command.h"

namespace beltwarden::lab {

void add_spectra_fit_command(cli::Command& spectra, int& exit_code);
void add_spectra_predict_command(cli::Command& spectra, int& exit_code);
void add_spectra_evaluate_command(cli::Command& spectra, int& exit_code);
void add_spectra_follow_command(cli::Command& spectra, int& exit_code);
void add_spectra_transfer_command(cli::Command& spectra, int& exit_code);

}  // namespace beltwarden::lab
