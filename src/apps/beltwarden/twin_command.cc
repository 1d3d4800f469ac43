#include "apps/beltwarden/twin_command.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "apps/beltwarden/resources.h"
#include "apps/beltwarden/stop_signal.h"
#include "apps/lab/progress_bar.h"
#include "base/file.h"
#include "base/log.h"
#include "formats/picture.h"
#include "twin/served_berth.h"
#include "twin/training.h"

namespace beltwarden::app {
namespace {

struct TwinOptions {
  std::string scenario, declarations;
  twin::ServeOptions serve;
  bool no_camera = false;
  double seconds = 0;
  std::string frames, brand;
  int count = 50;
};

// Clean pictures of a brand, as this scenario's camera would take them of lots that no ship of it carries.
Result<void> write_clean_frames(const TwinOptions& options) {
  auto config = Config::load(options.scenario);
  if (!config) return config.error();
  constexpr std::uint64_t kSeed = 0xc1ea'f4a3;
  auto source = twin::TrainingSource::create(*config, find_reference_data(), kSeed);
  if (!source) return source.error();
  const auto brands = (*source)->brands();
  if (std::find(brands.begin(), brands.end(), options.brand) == brands.end()) {
    std::string known;
    for (const auto& brand : brands) known += (known.empty() ? "'" : ", '") + brand + "'";
    return invalid_input("--brand: expected one of " + known + ", found '" + options.brand + "'");
  }
  std::error_code error;
  std::filesystem::create_directories(options.frames, error);
  if (error) return io_error("cannot make the folder " + options.frames + ": " + error.message());
  constexpr int kOfALot = 10;
  lab::ProgressBar bar("painting");
  double mm_per_px = 0;
  for (int done = 0; done < options.count;) {
    for (const auto& frame : (*source)->clean_frames(options.brand, done / kOfALot, std::min(kOfALot, options.count - done))) {
      auto png = formats::encode_png({frame.bgr.data(), frame.width_px, frame.height_px, 3, std::size_t{3} * frame.width_px});
      if (!png) return png.error();
      char name[32];
      std::snprintf(name, sizeof name, "clean_%04d.png", done);
      if (auto written = write_file_atomically(std::filesystem::path(options.frames) / name, *png); !written) return written;
      mm_per_px = frame.mm_per_px;
      bar.show(static_cast<double>(++done) / options.count);
    }
  }
  std::fprintf(stderr, "%d pictures of clean %s in %s, %g mm a pixel: beltwarden vision fit --clean %s --mm-per-pixel %g --out brand.vision\n",
               options.count, options.brand.c_str(), options.frames.c_str(), mm_per_px, options.frames.c_str(), mm_per_px);
  return {};
}

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
  auto* frames = command->add_option("--clean-frames", options->frames, "write clean pictures of a brand here, as PNG, and end");
  auto* brand = command->add_option("--brand", options->brand, "of the pictures, as the pack names it")->needs(frames);
  frames->needs(brand);
  command->add_option("--count", options->count, "of the pictures (50)")->needs(frames)->check(cli::Range(1, 1000));
  command->callback([options, &exit_code] {
    if (auto done = options->frames.empty() ? run_twin(*options) : write_clean_frames(*options); !done) {
      std::fprintf(stderr, "beltwarden twin: %s\n", done.error().message.c_str());
      exit_code = 1;
    }
  });
}

}  // namespace beltwarden::app
