#pragma once

#include "apps/cli/command.h"

namespace beltwarden::lab {

/// `beltwarden spectra convert FILE... --out T.csv`: vendors' files into one spectral table.
void add_convert_command(cli::Command& spectra, int& exit_code);

}  // namespace beltwarden::lab
