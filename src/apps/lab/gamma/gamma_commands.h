// `beltwarden gamma`: reading spectra, tuning and running the belt monitor, naming nuclides, weighing K, U and Th.
#pragma once

namespace CLI {
class App;
}

namespace beltwarden::lab {

/// Adds `gamma` with its sub-commands; each sets `exit_code` (0, or 1 after one line on stderr).
void add_gamma_commands(CLI::App& app, int& exit_code);

// One file each.
void add_gamma_read(CLI::App& gamma, int& exit_code);
void add_gamma_write(CLI::App& gamma, int& exit_code);
void add_gamma_tune(CLI::App& gamma, int& exit_code);
void add_gamma_inspect(CLI::App& gamma, int& exit_code);
void add_gamma_identify(CLI::App& gamma, int& exit_code);
void add_gamma_calibrate(CLI::App& gamma, int& exit_code);
void add_gamma_activity(CLI::App& gamma, int& exit_code);
void add_gamma_evaluate(CLI::App& gamma, int& exit_code);
void add_gamma_disturb(CLI::App& gamma, int& exit_code);

}  // namespace beltwarden::lab
