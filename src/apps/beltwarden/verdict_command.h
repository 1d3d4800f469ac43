#pragma once

#include "apps/cli/command.h"

namespace beltwarden::app {

/// `beltwarden verdicts`: officers' decisions on objects, with their pictures, for `vision fit --resume`.
void add_verdict_command(cli::Command& app, int& exit_code);

}  // namespace beltwarden::app
