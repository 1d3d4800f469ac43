#pragma once

#include <CLI/App.hpp>

namespace beltwarden::app {

/// `beltwarden replay`: a recorded journal through another pack's inspectors.
void add_replay_command(CLI::App& app, int& exit_code);

}  // namespace beltwarden::app
