#include "apps/beltwarden/twin_command.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "apps/beltwarden/resources.h"
#include "apps/beltwarden/stop_signal.h"
#include "base/file.h"
#include "base/log.h"
#include "twin/served_berth.h"

namespace beltwarden::app {
namespace {

struct TwinOptions {
  std::string scenario, declarations;
  twin::ServeOptions serve;
  bool no_camera = false;
  double seconds = 0;
};

Result<void> run_twin(TwinOptions options) {
  auto log = make_stderr_log(LogLevel::kInfo);
  SystemClock clock;
  options.serve.clock = &clock;
  options.serve.camera = !options.no_camera;
  auto config = Config::load(options.scenario);
  if (!config) return config.error();
  StopSignal stop;
  auto berth = twin::ServedBerth::start(*config, find_reference_data(), options.serve, *log);
  if (!berth) return berth.error();
  if (!options.declarations.empty()) {
    if (auto written = write_file_atomically(options.declarations, (*berth)->declarations_json()); !written)
      return written;
  }
  const auto ports = (*berth)->figures();
  std::fprintf(stderr,
               "PLC (Modbus TCP)      %s:%u\nspectrum stream       %s:%u\ngamma stream (N42)    %s:%u\n%s"
               "Tables for site.toml follow on stdout; Ctrl-C ends it.\n",
               options.serve.address.c_str(), ports.plc_port, options.serve.address.c_str(), ports.spectrum_port,
               options.serve.address.c_str(), ports.gamma_port,
               options.no_camera ? "" : ("camera (GigE Vision)  " + options.serve.address + "\n").c_str());
  std::fputs((*berth)->site_toml().c_str(), stdout);
  std::fflush(stdout);
  const auto begun = std::chrono::steady_clock::now();
  const auto lasted = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); };
  while (!stop.requested() && !(*berth)->finished() && (options.seconds <= 0 || lasted() < options.seconds)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const auto figures = (*berth)->figures();
  std::fprintf(stderr, "%.0f s: %llu spectra, %llu pictures, %llu gamma spectra\n", lasted(),
               static_cast<unsigned long long>(figures.spectra), static_cast<unsigned long long>(figures.frames),
               static_cast<unsigned long long>(figures.gamma));
  return {};
}

}  // namespace

void add_twin_command(cli::Command& app, int& exit_code) {
  auto options = std::make_shared<TwinOptions>();
  auto* command = app.add_subcommand("twin", "A berth that speaks the instruments' protocols in real time");
  command->footer(
      "Example: beltwarden twin --scenario scenarios/realtime.toml --declarations ship.json > instruments.toml");
  command->add_option("--scenario", options->scenario, "scenario file; docs/twin.md describes it")
      ->required()
      ->check(cli::ExistingFile());
  command->add_option("--address", options->serve.address, "IPv4 address to serve on (127.0.0.1)");
  command->add_option("--plc-port", options->serve.plc_port, "Modbus TCP (1502); 0 = any free one");
  command->add_option("--spectrum-port", options->serve.spectrum_port, "spectrum stream (7201); 0 = any free one");
  command->add_option("--gamma-port", options->serve.gamma_port, "N42 stream (7202); 0 = any free one");
  command->add_flag("--no-camera", options->no_camera, "serve no GigE Vision camera (its port 3956 is fixed)");
  command->add_option("--spectrum-folder", options->serve.spectrum_folder,
                      "leave every spectrum here as an SPC file too");
  command->add_option("--gamma-folder", options->serve.gamma_folder, "leave every gamma document here too");
  command->add_option("--begin", options->serve.begin_s, "seconds of the discharge to begin at")
      ->check(cli::Range(0.0, 1e7));
  command->add_option("--seconds", options->seconds, "end after so many seconds; 0 = when the ship is empty")
      ->check(cli::Range(0.0, 1e7));
  command->add_option("--declarations", options->declarations, "write the ship's declarations here as JSON");
  command->callback([options, &exit_code] {
    if (auto done = run_twin(*options); !done) {
      std::fprintf(stderr, "beltwarden twin: %s\n", done.error().message.c_str());
      exit_code = 1;
    }
  });
}

}  // namespace beltwarden::app
