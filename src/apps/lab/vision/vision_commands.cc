#include "apps/lab/vision/vision_commands.h"

namespace beltwarden::lab {

void add_vision_commands(cli::Command& app, const std::string& backbone, int& exit_code) {
  auto* vision = app.add_subcommand("vision", "Learn a brand's ore from pictures and find what is not ore");
  vision->footer("Example: beltwarden vision fit --clean frames/ --mm-per-pixel 2 --out brand.vision\n"
                 "         beltwarden vision detect --model brand.vision --frames belt/ --out found.csv");
  vision->require_subcommand(1);
  add_vision_fit(*vision, backbone, exit_code);
  add_vision_import(*vision, exit_code);
  add_vision_detect(*vision, exit_code);
  add_vision_track(*vision, exit_code);
  add_vision_classify(*vision, exit_code);
  add_vision_evaluate(*vision, exit_code);
  add_vision_install(*vision, exit_code);
}

}  // namespace beltwarden::lab
