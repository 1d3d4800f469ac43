#pragma once

#include <CLI/App.hpp>

namespace beltwarden::app {

/// `beltwarden pack`: check, key, sign, install.
void add_pack_command(CLI::App& app, int& exit_code);

}  // namespace beltwarden::app
