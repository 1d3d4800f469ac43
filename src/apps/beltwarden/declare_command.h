#pragma once

#include <CLI/CLI.hpp>

namespace beltwarden::app {

void add_declare_command(CLI::App& app, int& exit_code);

}  // namespace beltwarden::app
