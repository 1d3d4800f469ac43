#pragma once

#include <CLI/App.hpp>

namespace beltwarden::app {

/// `beltwarden demo`: a ship being discharged, from sensor to release, in one process.
void add_demo_command(CLI::App& app, int& exit_code);

}  // namespace beltwarden::app
