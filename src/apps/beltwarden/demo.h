// A berth, a site and a center in one process: what a newcomer starts, and what the accelerated runs measure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/log.h"
#include "base/result.h"

namespace beltwarden::app {

struct DemoOptions {
  std::filesystem::path scenario;              ///< empty: scenarios/demo.toml
  double speed = 60;                           ///< ship's seconds a second; 0 = as fast as the pipeline takes it
  bool headless = false;                       ///< no pages are announced; scripted officers act
  bool until_released = false;                 ///< ends when every lot is released or rejected
  std::string report;                          ///< R.json; empty = none, "-" = stdout
  std::filesystem::path data_dir;              ///< empty: a temporary folder that goes with the run
  std::uint16_t port = 8080;                   ///< 0: any free one
};

/// Runs until the user ends it (SIGINT, SIGTERM), or until every lot is released where that was asked for; an error when the
/// scripted officers cannot get there, after the report, which says which lot is blocked by what. A run with a data folder goes
/// on where it stopped.
Result<void> run_demo(const DemoOptions& options, Log& log);

}  // namespace beltwarden::app
