#pragma once

#include "apps/cli/command.h"

namespace beltwarden::app {

/// `beltwarden pack`: check, key, sign, install.
void add_pack_command(cli::Command& app, int& exit_code);

}  // namespace beltwarden::app
