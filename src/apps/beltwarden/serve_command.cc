#include "apps/beltwarden/serve_command.h"

#include <cstdio>
#include <memory>

#include "apps/beltwarden/serve.h"

namespace beltwarden::app {

void add_serve_command(cli::Command& app, int& exit_code) {
  auto config = std::make_shared<std::string>();
  auto* command = app.add_subcommand("serve", "Run a site with real instruments and its center in one process");
  command->footer("Example: beltwarden serve --config site.toml");
  command->add_option("--config", *config, "settings file; config/site.example.toml shows every setting")
      ->required()
      ->check(cli::ExistingFile());
  command->callback([config, &exit_code] {
    auto log = make_stderr_log(LogLevel::kInfo);
    if (auto done = run_serve(*config, *log); !done) {
      std::fprintf(stderr, "beltwarden serve: %s\n", done.error().message.c_str());
      exit_code = 1;
    }
  });
}

}  // namespace beltwarden::app
