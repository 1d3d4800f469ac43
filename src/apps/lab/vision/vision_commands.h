// `beltwarden vision ...`: learn a brand's ore from clean frames, find what is not ore, say what it is.
#pragma once

#include <CLI/CLI.hpp>

namespace beltwarden::lab {

void add_vision_commands(CLI::App& app, int& exit_code);

// One per file.
void add_vision_fit(CLI::App& vision, int& exit_code);
void add_vision_import(CLI::App& vision, int& exit_code);
void add_vision_detect(CLI::App& vision, int& exit_code);
void add_vision_track(CLI::App& vision, int& exit_code);
void add_vision_classify(CLI::App& vision, int& exit_code);
void add_vision_evaluate(CLI::App& vision, int& exit_code);

}  // namespace beltwarden::lab
