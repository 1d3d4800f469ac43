#pragma once

#include "apps/cli/command.h"

namespace beltwarden::app {

void add_declare_command(cli::Command& app, int& exit_code);

}  // namespace beltwarden::app
