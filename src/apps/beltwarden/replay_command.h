#pragma once

#include "apps/cli/command.h"

namespace beltwarden::app {

/// `beltwarden replay`: a recorded journal through another pack's inspectors.
void add_replay_command(cli::Command& app, int& exit_code);

}  // namespace beltwarden::app
