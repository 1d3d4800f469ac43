// `beltwarden twin`: a berth that speaks the instruments' protocols in real time.
#pragma once

#include <CLI/CLI.hpp>

namespace beltwarden::app {

void add_twin_command(CLI::App& app, int& exit_code);

}  // namespace beltwarden::app
