#pragma once

#include "apps/cli/command.h"

namespace beltwarden::app {

/// `beltwarden demo`: a ship being discharged, from sensor to release, in one process.
void add_demo_command(cli::Command& app, int& exit_code);

}  // namespace beltwarden::app
