// Commands that work on models of any kind.
#pragma once

#include <CLI/App.hpp>

namespace beltwarden::lab {

void add_spectra_fit_command(CLI::App& spectra, int& exit_code);
void add_spectra_predict_command(CLI::App& spectra, int& exit_code);
void add_spectra_evaluate_command(CLI::App& spectra, int& exit_code);
void add_spectra_follow_command(CLI::App& spectra, int& exit_code);
void add_spectra_transfer_command(CLI::App& spectra, int& exit_code);

}  // namespace beltwarden::lab
