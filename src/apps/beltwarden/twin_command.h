// `beltwarden twin`: a berth that speaks the instruments' protocols in real time.
#pragma once

#include "apps/cli/command.h"

namespace beltwarden::app {

void add_twin_command(cli::Command& app, int& exit_code);

}  // namespace beltwarden::app
