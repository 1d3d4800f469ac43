// Commands that work on models of any kind.
#pragma once

#include "apps/cli/command.h"
#include "base/result.h"

namespace beltwarden::lab {

/// Of what the command line alone shows to be wrong: throws a UsageError, for which the process ends with 2.
inline void require_usage(const Result<void>& fits) {
  if (!fits) throw cli::UsageError(fits.error().message);
}

void add_spectra_fit_command(cli::Command& spectra, int& exit_code);
void add_spectra_predict_command(cli::Command& spectra, int& exit_code);
void add_spectra_evaluate_command(cli::Command& spectra, int& exit_code);
void add_spectra_follow_command(cli::Command& spectra, int& exit_code);
void add_spectra_transfer_command(cli::Command& spectra, int& exit_code);
void add_spectra_compare_commands(cli::Command& spectra, int& exit_code);

}  // namespace beltwarden::lab
