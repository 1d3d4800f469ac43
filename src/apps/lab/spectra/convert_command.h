#pragma once

#include <CLI/App.hpp>

namespace beltwarden::lab {

/// `beltwarden spectra convert FILE... --out T.csv`: vendors' files into one spectral table.
void add_convert_command(CLI::App& spectra, int& exit_code);

}  // namespace beltwarden::lab
