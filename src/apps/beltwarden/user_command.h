#pragma once

#include <CLI/App.hpp>

namespace beltwarden::app {

/// `beltwarden user`: accounts of a center, worked on its record.
void add_user_command(CLI::App& app, int& exit_code);

}  // namespace beltwarden::app
