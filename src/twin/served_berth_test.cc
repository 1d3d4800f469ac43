#include "twin/served_berth.h"

#include <gtest/gtest.h>
#include <modbus/modbus.h>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "instruments/driver.h"
#include "instruments/gamma/gamma.h"
#include "instruments/spectrometer/spectrometer.h"
#include "twin/berth_core.h"
#include "twin/test_scenario.h"

namespace beltwarden::twin {
namespace {

using namespace std::chrono_literals;
using material::Reading;

// Faster than quick.toml, so that a test need not wait for it.
std::string lively() {
  std::string text = quick_scenario(5);
  const auto replace = [&text](const std::string& what, const std::string& with) {
    text.replace(text.find(what), what.size(), with);
  };
  replace("every_m = 20", "every_s = 0.1");
  replace("period_s = 1", "period_s = 0.2");
  return text;
}

std::unique_ptr<ServedBerth> serve(const Clock& clock, Log& log, double begin_s, bool camera = false) {
  auto config = Config::parse(lively(), "lively.toml");
  EXPECT_TRUE(config.ok()) << config.error().message;
  ServeOptions options;
  options.plc_port = options.spectrum_port = options.gamma_port = 0;
  options.camera = camera;
  options.begin_s = begin_s;
  options.clock = &clock;
  auto berth = ServedBerth::start(*config, "", options, log);
  // GigE Vision has one port an address, which another test may be using just now.
  for (int i = 0; camera && !berth.ok() && i < 60; ++i) {
    std::this_thread::sleep_for(500ms);
    berth = ServedBerth::start(*config, "", options, log);
  }
  EXPECT_TRUE(berth.ok()) << berth.error().message;
  return std::move(*berth);
}

// Runs a driver until it has sent `wanted` readings of type T, at most ten seconds.
template <class T>
std::vector<Reading> listen_to(const std::string& settings, std::size_t wanted, Log& log, const Clock& clock,
                               Result<std::unique_ptr<instruments::Driver>> (*make)(const Config&,
                                                                                    instruments::DriverContext)) {
  auto config = Config::parse(settings, "driver.toml");
  EXPECT_TRUE(config.ok());
  auto driver = make(*config, {InstrumentId("test"), log, clock});
  EXPECT_TRUE(driver.ok()) << driver.error().message;
  std::mutex mutex;
  std::vector<Reading> heard;
  const auto started = (*driver)->start([&](instruments::Output output) {
    std::lock_guard lock(mutex);
    if (auto* r = std::get_if<Reading>(&output); r != nullptr && std::holds_alternative<T>(r->payload))
      heard.push_back(std::move(*r));
    return true;
  });
  EXPECT_TRUE(started.ok());
  for (int i = 0; i < 200; ++i) {
    std::this_thread::sleep_for(50ms);
    std::lock_guard lock(mutex);
    if (heard.size() >= wanted) break;
  }
  (*driver)->stop();
  EXPECT_TRUE((*driver)->health().dropped.empty()) << (*driver)->health().dropped.front().cause;
  return heard;
}

std::string host_and_port(std::uint16_t port) { return "host = \"127.0.0.1\"\nport = " + std::to_string(port) + "\n"; }

TEST(ServedBerth, SpectraArriveAsTheyWereMade) {
  SystemClock clock;
  auto log = make_null_log();
  auto berth = serve(clock, *log, 100);
  const auto heard = listen_to<material::SpectrumReading>(host_and_port(berth->figures().spectrum_port), 8, *log, clock,
                                                          &instruments::make_spectrometer_stream);
  ASSERT_GE(heard.size(), 8u);
  auto config = Config::parse(lively(), "lively.toml");
  auto core = BerthCore::make(*config, "");
  ASSERT_TRUE(core.ok());
  // References have the numbers 1 and 2; the twin began 100 s into the discharge, ten spectra a second.
  const auto& first = heard.front();
  const auto expected = (*core)->spectrum(999 + first.device_sequence - 2);
  const auto& found = std::get<material::SpectrumReading>(first.payload);
  ASSERT_EQ(found.reflectance.size(), 216u);
  for (std::size_t i = 0; i < 216; ++i) EXPECT_NEAR(found.reflectance[i], expected.reflectance[i], 2e-5) << i;
  EXPECT_NEAR((heard[5].time - heard[4].time).seconds(), 0.1, 0.01);
}

TEST(ServedBerth, GammaDocumentsSumTheirDetectors) {
  SystemClock clock;
  auto log = make_null_log();
  auto berth = serve(clock, *log, 100);
  const auto heard = listen_to<material::GammaReading>(host_and_port(berth->figures().gamma_port), 5, *log, clock,
                                                       &instruments::make_gamma_stream);
  ASSERT_GE(heard.size(), 5u);
  const auto& g = std::get<material::GammaReading>(heard[2].payload);
  EXPECT_EQ(g.counts.size(), 128u);
  ASSERT_EQ(g.detector_cps.size(), 4u);
  double sum = 0, cps = 0;
  for (const auto c : g.counts) sum += c;
  for (const auto c : g.detector_cps) cps += c;
  EXPECT_NEAR(sum / g.live_s, cps, 2);
  EXPECT_TRUE(g.occupied);
  EXPECT_NEAR((heard[3].time - heard[2].time).seconds(), 0.2, 0.01);
}

// 32 input registers as the site reads them.
std::vector<std::uint16_t> registers_of(modbus_t* modbus) {
  std::vector<std::uint16_t> r(32);
  EXPECT_EQ(modbus_read_input_registers(modbus, 0, 32, r.data()), 32) << modbus_strerror(errno);
  return r;
}

TEST(ServedBerth, PlcShowsTheBeltAndObeys) {
  SystemClock clock;
  auto log = make_null_log();
  auto berth = serve(clock, *log, 100);
  modbus_t* modbus = modbus_new_tcp("127.0.0.1", berth->figures().plc_port);
  ASSERT_EQ(modbus_connect(modbus), 0);
  modbus_set_slave(modbus, 1);
  const auto before = registers_of(modbus);
  EXPECT_EQ(before[0], 1);                                 // running, not empty
  EXPECT_EQ(before[1], 1);                                 // lot 1 is fed
  EXPECT_NEAR(before[2] * 65536 + before[3], 4500, 50);    // mm/s
  EXPECT_NEAR(before[4] * 65536 + before[5], 45000, 1500);  // 450 m in ticks of 10 mm

  const std::uint16_t cut[] = {7, 3};
  ASSERT_EQ(modbus_write_registers(modbus, 0, 2, cut), 2);
  EXPECT_EQ(registers_of(modbus)[20], 0);  // not answered yet
  const std::uint16_t stop[] = {1};
  ASSERT_EQ(modbus_write_registers(modbus, 10, 1, stop), 1);
  std::this_thread::sleep_for(3500ms);
  const auto after = registers_of(modbus);
  EXPECT_EQ(after[20], 7);
  EXPECT_EQ(after[21], 1);
  EXPECT_EQ(after[22], 3);
  EXPECT_NEAR(after[23] / 10.0, 280, 90);  // kg: 4,000 t/h through a slot of 0.15 m at 0.6 m/s
  EXPECT_EQ(after[30], 1);
  EXPECT_EQ(after[31], 1);
  EXPECT_EQ(after[0] & 1, 0);  // the belt stands
  modbus_close(modbus);
  modbus_free(modbus);
}

// A whole site's drivers, made from the tables that the twin prints.
TEST(ServedBerth, TheSitesDriversHearAllOfIt) {
  SystemClock clock;
  auto log = make_null_log();
  auto berth = serve(clock, *log, 100, true);
  auto site = Config::parse(berth->site_toml(), "site.toml");
  ASSERT_TRUE(site.ok());
  std::mutex mutex;
  std::vector<Reading> readings;
  std::vector<instruments::RawFrame> frames;
  std::vector<std::unique_ptr<instruments::Driver>> drivers;
  instruments::Driver* plc = nullptr;
  for (const auto& table : site->tables("instrument")) {
    const auto name = *table.text("driver");
    if (name == "plc") continue;
    auto driver = instruments::driver_registry().at(name)(table, {InstrumentId(*table.text("id")), *log, clock});
    ASSERT_TRUE(driver.ok()) << name << ": " << driver.error().message;
    drivers.push_back(std::move(*driver));
    if (name == "modbus_plc") plc = drivers.back().get();
    const auto started = drivers.back()->start([&](instruments::Output output) {
      std::lock_guard lock(mutex);
      if (auto* frame = std::get_if<instruments::RawFrame>(&output))
        frames.push_back(std::move(*frame));
      else
        readings.push_back(std::get<Reading>(std::move(output)));
      return true;
    });
    ASSERT_TRUE(started.ok());
  }
  ASSERT_NE(plc, nullptr);
  std::this_thread::sleep_for(2s);
  EXPECT_TRUE(plc->order(instruments::CutOrder{"cut-1", 4}).ok());
  std::this_thread::sleep_for(4s);
  for (auto& driver : drivers) driver->stop();

  std::map<std::string, int> heard;
  const material::CutterReading* cut = nullptr;
  for (const auto& r : readings) {
    if (std::holds_alternative<material::HealthReading>(r.payload)) continue;
    ++heard[r.instrument.str()];
    if (const auto* c = std::get_if<material::CutterReading>(&r.payload)) cut = c;
  }
  EXPECT_GE(heard["plc"], 15);  // ten polls a second
  EXPECT_GE(heard["spectrometer"], 15);
  EXPECT_GE(heard["gamma"], 8);
  ASSERT_NE(cut, nullptr);
  EXPECT_TRUE(cut->confirmed);
  EXPECT_EQ(cut->increment, 4u);
  EXPECT_EQ(cut->command_id, "cut-1");
  ASSERT_GE(frames.size(), 1u);  // one every 1.8 s
  EXPECT_EQ(frames[0].width_px, 96u);
  EXPECT_EQ(frames[0].height_px, 400u);
  double blue = 0, red = 0;
  for (std::size_t i = 0; i < frames[0].bgr.size(); i += 3) blue += frames[0].bgr[i], red += frames[0].bgr[i + 2];
  EXPECT_GT(red, 1.5 * blue);  // Karstad fines are brown, not blue: the colours came through in order
  for (const auto& driver : drivers) {
    // Aravis' fake camera now and then loses packets of the very first frame.
    std::uint64_t dropped = 0;
    for (const auto& d : driver->health().dropped) dropped += d.count;
    EXPECT_LE(dropped, 1u) << driver->health().dropped.front().cause << " of " << frames.size() << " " << dropped;
  }
}

TEST(ServedBerth, SaysHowASiteReachesIt) {
  SystemClock clock;
  auto log = make_null_log();
  auto berth = serve(clock, *log, 0);
  auto site = Config::parse(berth->site_toml(), "site.toml");
  ASSERT_TRUE(site.ok()) << site.error().message;
  EXPECT_EQ(site->tables("instrument").size(), 4u);  // PLC, spectrometer, gamma, sampler; no camera was asked for
  EXPECT_EQ(*site->text("line.id"), "B1");
}

}  // namespace
}  // namespace beltwarden::twin
