#pragma once

#include <CLI/App.hpp>

namespace beltwarden::app {

/// `beltwarden verify JOURNAL`: exit 0 whole, 1 damaged with the first bad entry named, 2 nothing to verify.
void add_verify_command(CLI::App& app, int& exit_code);

}  // namespace beltwarden::app
