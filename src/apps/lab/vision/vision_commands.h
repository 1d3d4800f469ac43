// `beltwarden vision ...`: learn a brand's ore from clean frames, find what is not ore, say what it is.
#pragma once

#include <string>

#include "apps/cli/command.h"

namespace beltwarden::lab {

/// `backbone`: file of the network that `vision fit` takes unless told otherwise; empty: none was found.
void add_vision_commands(cli::Command& app, const std::string& backbone, int& exit_code);

// One per file.
void add_vision_fit(cli::Command& vision, const std::string& backbone, int& exit_code);
void add_vision_import(cli::Command& vision, int& exit_code);
void add_vision_detect(cli::Command& vision, int& exit_code);
void add_vision_track(cli::Command& vision, int& exit_code);
void add_vision_classify(cli::Command& vision, int& exit_code);
void add_vision_evaluate(cli::Command& vision, int& exit_code);
void add_vision_install(cli::Command& vision, int& exit_code);

}  // namespace beltwarden::lab
