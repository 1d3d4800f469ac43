#pragma once

#include "apps/cli/command.h"

namespace beltwarden::app {

/// `beltwarden user`: accounts of a center, worked on its record.
void add_user_command(cli::Command& app, int& exit_code);

}  // namespace beltwarden::app
