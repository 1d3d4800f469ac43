#include "apps/beltwarden/demo_command.h"

#include <cstdio>
#include <memory>

#include "apps/beltwarden/demo.h"

namespace beltwarden::app {

void add_demo_command(cli::Command& app, int& exit_code) {
  auto options = std::make_shared<DemoOptions>();
  auto* command = app.add_subcommand("demo", "Discharge a ship before your eyes, from sensor to release, in one process");
  command->footer("Example: beltwarden demo --speed 120 --port 8080\n"
                  "         beltwarden demo --headless --until-released --report R.json");
  command->add_option("--scenario", options->scenario, "scenario file (scenarios/demo.toml)")->check(cli::ExistingFile());
  auto* speed = command->add_option("--speed", options->speed, "ship's seconds a second; 0 = as fast as it goes")->check(cli::Range(0.0, 1e6));
  command->add_flag("--headless", options->headless, "scripted officers act through the API");
  command->add_flag("--until-released", options->until_released, "end when every lot is released");
  command->add_option("--report", options->report, "write what was planted and found as JSON (- = stdout)");
  command->add_option("--data-dir", options->data_dir, "keep journal, record and evidence here and go on from there");
  command->add_option("--port", options->port, "port to listen on, loopback; 0 = any free one");
  command->callback([options, speed, &exit_code] {
    if (options->headless && speed->count() == 0) options->speed = 0;
    auto log = make_stderr_log(LogLevel::kInfo);
    if (auto done = run_demo(*options, *log); !done) {
      std::fprintf(stderr, "beltwarden demo: %s\n", done.error().message.c_str());
      exit_code = 1;
    }
  });
}

}  // namespace beltwarden::app
