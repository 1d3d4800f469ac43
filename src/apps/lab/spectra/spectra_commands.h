#pragma once

#include <CLI/App.hpp>

namespace beltwarden::lab {

/// `beltwarden spectra convert|fit|transfer|predict|follow|evaluate`.
void add_spectra_commands(CLI::App& app, int& exit_code);

}  // namespace beltwarden::lab
