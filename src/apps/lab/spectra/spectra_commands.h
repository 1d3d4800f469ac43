#pragma once

#include "apps/cli/command.h"

namespace beltwarden::lab {

/// `beltwarden spectra convert|fit|transfer|predict|follow|evaluate`.
void add_spectra_commands(cli::Command& app, int& exit_code);

}  // namespace beltwarden::lab
