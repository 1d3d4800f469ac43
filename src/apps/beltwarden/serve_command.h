#pragma once

#include <CLI/App.hpp>

namespace beltwarden::app {

/// `beltwarden serve`: a site with real instruments and its center in one process.
void add_serve_command(CLI::App& app, int& exit_code);

}  // namespace beltwarden::app
