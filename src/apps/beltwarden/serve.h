// A site with real instruments and its center in one process.
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"

namespace beltwarden::app {

/// Runs until SIGINT or SIGTERM. The error of a settings file names file, line and field.
Result<void> run_serve(const std::string& config_path, Log& log);

}  // namespace beltwarden::app
