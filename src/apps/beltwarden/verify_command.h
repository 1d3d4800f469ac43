#pragma once

#include "apps/cli/command.h"

namespace beltwarden::app {

/// `beltwarden verify JOURNAL`: exit 0 whole, 1 damaged with the first bad entry named, 2 nothing to verify.
void add_verify_command(cli::Command& app, int& exit_code);

}  // namespace beltwarden::app
