#include "apps/beltwarden/serve.h"

#include <chrono>
#include <cstdio>
#include <map>
#include <thread>

#include "apps/beltwarden/node.h"
#include "apps/beltwarden/resources.h"
#include "apps/beltwarden/stop_signal.h"
#include "apps/site/site_config.h"
#include "base/thread_name.h"
#include "instruments/driver.h"

namespace beltwarden::app {
namespace {

using Drivers = std::map<InstrumentId, std::unique_ptr<instruments::Driver>>;

Result<Drivers> make_drivers(const site::SiteConfig& config, Log& log, const Clock& clock) {
  Drivers drivers;
  const auto& registry = instruments::driver_registry();
  for (const auto& instrument : config.instruments) {
    // The cutter is worked by the PLC: a sampler is a place on the belt, not a connection of its own.
    if (instrument.kind == "sampler" && instrument.driver == "plc") continue;
    const auto it = registry.find(instrument.driver);
    if (it == registry.end()) {
      std::string known;
      for (const auto& [name, factory] : registry) known += (known.empty() ? "" : ", ") + name;
      return invalid_input(instrument.settings.where() + ": there is no driver '" + instrument.driver + "'; known: " + known);
    }
    auto driver = it->second(instrument.settings, {instrument.instrument, log, clock});
    if (!driver) return driver.error();
    drivers[instrument.instrument] = std::move(*driver);
  }
  return drivers;
}

Result<pack::Pack> load_pack(const site::SiteConfig& config) {
  auto keys = pack::public_keys_from_hex(config.trusted_keys);
  if (!keys) return keys.error().within("trusted_keys");
  return pack::load(config.pack, *keys);
}

NodeOptions node_options(const site::SiteConfig& config, Log& log) {
  NodeOptions options;
  options.layout = config.layout;
  options.data_dir = config.data_dir;
  options.database = config.database;
  options.database_password_file = config.database_password_file;
  options.retention = config.retention;
  options.skip_late_frames = true;
  for (const auto& instrument : config.instruments) {
    control::LineInstrument shown{instrument.instrument, instrument.kind, instrument.driver, 0, 0};
    for (const auto& place : config.layout.instruments) {
      if (place.instrument != instrument.instrument) continue;
      shown.distance_m = place.distance.value;
      shown.sampling_distance_t = place.sampling_distance.value;
    }
    options.instruments.push_back(shown);
  }
  options.api.server.address = config.http_address;
  options.api.server.port = config.http_port;
  options.api.site = config.layout.site;
  options.api.timezone = config.timezone;
  if (auto ui = find_resource("ui/dist")) {
    options.api.ui_folder = *ui;
  } else {
    log.warning("the pages are not served: " + ui.error().message);
  }
  return options;
}

// Ends drivers, then the node, whichever way run_serve is left: a driver must not speak to a node that is gone, and the
// node's line may still order something of a driver.
class Running {
 public:
  Running(Drivers& drivers, Node& node, Log& log) : drivers_(drivers), node_(node), log_(log) {}
  ~Running() {
    node_.site().stop_soon();   // a driver may wait for a line that waits for its disk
    for (auto& [instrument, driver] : drivers_) driver->stop();
    if (!node_.stop()) log_.warning("the center did not take every entry; what the journal holds is sent at the next start");
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Drivers& drivers_;
  Node& node_;
  Log& log_;
};

}  // namespace

Result<void> run_serve(const std::string& config_path, Log& log) {
  auto config = site::load_site_config(config_path);
  if (!config) return config.error();
  auto pack = load_pack(*config);
  if (!pack) return pack.error();
  SystemClock clock;
  auto drivers = make_drivers(*config, log, clock);
  if (!drivers) return drivers.error();

  // Cuts and stops go to the PLC, the one instrument that can act.
  instruments::Driver* plc = drivers->at(config->layout.plc).get();
  auto actuator = [plc](const instruments::Order& order) { return plc->order(order); };
  auto node = Node::open(node_options(*config, log), *pack, actuator, clock, clock, log);
  if (!node) return node.error();
  const Running running(*drivers, **node, log);
  if (auto started = (*node)->start(); !started) return started;

  for (auto& [instrument, driver] : *drivers) {
    const ThreadsNamed name(instrument.str());
    auto started = driver->start([&node](instruments::Output output) { return (*node)->site().submit(std::move(output)); });
    if (!started) return started.error().within(instrument.str());
  }
  std::printf("Beltwarden serves %s, line %s: http://%s:%u\n", config->layout.site.str().c_str(), config->layout.line.str().c_str(),
              config->http_address.c_str(), (*node)->api().port());
  std::fflush(stdout);

  StopSignal stop;
  while (!stop.requested()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return {};
}

}  // namespace beltwarden::app
