#pragma once

#include "apps/cli/command.h"

namespace beltwarden::app {

/// `beltwarden serve`: a site with real instruments and its center in one process.
void add_serve_command(cli::Command& app, int& exit_code);

}  // namespace beltwarden::app
