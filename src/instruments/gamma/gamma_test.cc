// The gamma drivers over real loopback sockets and real folders, and the sum over a monitor's detectors.
#include "instruments/gamma/gamma.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "instruments/common/loopback_test.h"
#include "instruments/gamma/sum_spectra.h"

namespace beltwarden::instruments {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using State = material::HealthReading::State;

formats::N42File document(Time start, std::uint64_t sequence = 0) {
  formats::N42File file;
  file.instrument_id = "BG-7";
  file.detectors = {{"A1", "Gamma", "NaI"}, {"A2", "Gamma", "NaI"}, {"N1", "Neutron", "He3"}};
  formats::RadMeasurement m;
  if (sequence > 0) m.id = "seq-" + std::to_string(sequence);
  m.start = start;
  m.real_s = 0.2;
  m.occupied = true;
  m.spectra.push_back({"A1", {1, 2, 3, 4}, 0.2, 0.2, {0, 3, 0}, {}});
  m.spectra.push_back({"A2", {10, 20, 30, 40}, 0.1, 0.2, {0, 3, 0}, {}});
  m.gross.push_back({"N1", 0.2, {4}});
  file.measurements.push_back(m);
  return file;
}

std::string error_of(const formats::N42File& file) {
  const auto reading = to_gamma_reading(file, file.measurements.at(0), true);
  return reading.ok() ? "no error" : reading.error().message;
}

TEST(GammaReading, SumsTheDetectorsOfAMonitor) {
  auto file = document(Time{0});
  file.measurements[0].faults.push_back({"HV", "high voltage low", "Error", "A2"});
  const auto reading = to_gamma_reading(file, file.measurements[0], true);
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  EXPECT_THAT(reading->counts, ElementsAre(11, 22, 33, 44));
  EXPECT_THAT(reading->calibration_kev, ElementsAre(0, 3, 0));
  EXPECT_THAT(reading->detector_cps, ElementsAre(50, 1000));  // 10 in 0.2 s, 100 in 0.1 s
  EXPECT_DOUBLE_EQ(reading->live_s, 0.15);
  EXPECT_DOUBLE_EQ(reading->neutron_cps, 20);
  EXPECT_TRUE(reading->occupied);
  EXPECT_THAT(reading->faults, ElementsAre("A2: HV: high voltage low"));
}

TEST(GammaReading, ADetectorWithoutLiveTimeIsTakenAsItIs) {
  auto file = document(Time{0});
  file.measurements[0].spectra[1].live_s = 0;
  const auto reading = to_gamma_reading(file, file.measurements[0], true);
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  EXPECT_DOUBLE_EQ(reading->live_s, 0.1);                      // of the mean detector
  EXPECT_THAT(reading->detector_cps, ElementsAre(50, 500));    // 100 in the 0.2 s that passed
}

TEST(GammaReading, BringsOtherCalibrationsOntoTheFirstOnes) {
  auto file = document(Time{0});
  file.measurements[0].spectra[1].calibration = {0, 6, 0};  // twice as coarse
  file.measurements[0].spectra[1].counts = {8, 6};
  const auto reading = to_gamma_reading(file, file.measurements[0], true);
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  EXPECT_THAT(reading->counts, ElementsAre(1 + 4, 2 + 4, 3 + 3, 4 + 3));
}

TEST(GammaReading, RebinningKeepsEveryCount) {
  std::vector<std::uint32_t> counts(1024);
  std::iota(counts.begin(), counts.end(), 0);
  std::vector<double> from, to;
  for (int i = 0; i <= 1024; ++i) from.push_back(-20 + 2.7 * i + 1e-4 * i * i);
  for (int i = 0; i <= 512; ++i) to.push_back(5.5 * i);
  const auto moved = rebin(counts, from, to);
  EXPECT_EQ(std::accumulate(moved.begin(), moved.end(), 0u), 1024u * 1023 / 2);
}

TEST(GammaReading, TakesADetectorOnceThoughItGivesTwoSpectra) {
  auto file = document(Time{0});
  file.measurements[0].spectra[1] = {"A1", {3, 7}, 0.2, 0.2, {0, 6, 0}, {}};
  EXPECT_THAT(to_gamma_reading(file, file.measurements[0], true)->counts, ElementsAre(1, 2, 3, 4));
}

TEST(GammaReading, FaultTextsAreClippedAndCleaned) {
  auto file = document(Time{0});
  file.measurements[0].faults = {{"HV", "\xB9\xCA\xD5\xCF" + std::string(1000, '.'), "Warning", "A1"}};
  const auto reading = to_gamma_reading(file, file.measurements[0], true);
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  ASSERT_EQ(reading->faults.size(), 1u);
  EXPECT_EQ(reading->faults[0].size(), 256u);
  EXPECT_THAT(reading->faults[0], ::testing::StartsWith("A1: HV: \uFFFD\uFFFD\uFFFD\uFFFD.."));
}

TEST(GammaReading, SaysWhatDoesNotFit) {
  auto file = document(Time{0});
  file.measurements[0].real_s = 0;
  EXPECT_THAT(error_of(file), HasSubstr("expected a real time above 0"));
  file = document(Time{0});
  file.measurements[0].spectra[0].live_s = 0.3;
  EXPECT_THAT(error_of(file),
              HasSubstr("expected a live time from 0 to the real time of 0.200000 s, found 0.300000 s"));
  file = document(Time{0});
  file.measurements[0].spectra[0].calibration = {0, 3, -1};
  EXPECT_THAT(error_of(file), HasSubstr("'A1': its energy calibration turns"));
  file = document(Time{0});
  file.measurements[0].spectra[1].calibration.clear();
  EXPECT_THAT(error_of(file), HasSubstr("'A2' has no energy calibration"));
  file = document(Time{0});
  file.measurements[0].spectra.clear();
  file.measurements[0].gross.clear();
  EXPECT_THAT(error_of(file), HasSubstr("neither a spectrum nor gross counts"));
}

class GammaTest : public ::testing::Test {
 protected:
  std::unique_ptr<Driver> make(const char* name, const std::string& settings) {
    auto driver =
        driver_registry().at(name)(*Config::parse(settings, "test.toml"), {InstrumentId{"gamma1"}, *log_, clock_});
    EXPECT_TRUE(driver.ok()) << driver.error().message;
    return driver ? std::move(*driver) : nullptr;
  }
  std::unique_ptr<Driver> stream(const LoopbackDevice& device) {
    return make("gamma_stream", "host = \"127.0.0.1\"\nport = " + std::to_string(device.port()) +
                                    "\nlongest_pause_s = 0.05\nmax_document_bytes = 10000\n");
  }
  Time ago(double s) { return Time{(clock_.now() - seconds(s)).ns / 1'000'000 * 1'000'000}; }

  SystemClock clock_;
  std::unique_ptr<Log> log_ = make_null_log();
  Collector collector_;
};

TEST_F(GammaTest, DocumentsOverTcpBecomeReadings) {
  LoopbackDevice device;
  const auto driver = stream(device);
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  const Time start = ago(1);
  const std::string text = *formats::write_n42(document(start, 12));
  device.send("\x02" + text.substr(0, 300));
  device.send(text.substr(300) + "\x03");
  const auto readings = collector_.wait_for(1);
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(readings[0].device_sequence, 12u);
  EXPECT_EQ(readings[0].time, start + milliseconds(100));  // the middle of its 0.2 s
  EXPECT_EQ(readings[0].exposure_s, 0.2);
  const auto& gamma = std::get<material::GammaReading>(readings[0].payload);
  EXPECT_THAT(gamma.counts, ElementsAre(11, 22, 33, 44));
  EXPECT_TRUE(eventually([&] { return driver->health().state == State::kWorking; }));
}

TEST_F(GammaTest, WhatDoesNotFitIsCountedAndTheStreamGoesOn) {
  LoopbackDevice device;
  const auto driver = stream(device);
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  const auto good = [&](double s) { return *formats::write_n42(document(ago(s))); };
  device.send("noise" + good(3));
  device.send("<RadInstrumentData><broken></RadInstrumentData>");
  device.send("<RadInstrumentData>" + std::string(20'000, ' ') +
              "</RadInstrumentData>");            // more than the 10,000 bytes set
  device.send(good(2).substr(0, 200) + good(2));  // cut off by the next one
  auto turned = document(ago(1.5));
  turned.measurements[0].spectra[0].calibration = {0, -3};
  device.send(*formats::write_n42(turned));
  auto calibration = document(ago(1.2));
  calibration.measurements[0].class_code = "Calibration";
  device.send(*formats::write_n42(calibration));
  device.send(good(1));
  EXPECT_EQ(collector_.wait_for(3).size(), 3u);
  EXPECT_EQ(drops(*driver, "bytes outside documents"), 5u);
  EXPECT_EQ(drops(*driver, "document not understood"), 1u);
  EXPECT_EQ(drops(*driver, "document too large"), 1u);
  EXPECT_EQ(drops(*driver, "document cut off"), 1u);
  EXPECT_EQ(drops(*driver, "measurement does not fit"), 1u);
  EXPECT_EQ(drops(*driver, "calibration measurement"), 1u);
}

TEST_F(GammaTest, DuplicatesGapsFaultsAndHangUps) {
  LoopbackDevice device;
  const auto driver = stream(device);
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  const Time base = ago(2);
  const auto at = [&](int i) { return document(base + milliseconds(200.0 * i), static_cast<std::uint64_t>(i)); };
  device.send(*formats::write_n42(at(1)) + *formats::write_n42(at(3)) + *formats::write_n42(at(3)) +
              *formats::write_n42(at(2)));
  EXPECT_EQ(collector_.wait_for(3).size(), 3u);
  EXPECT_TRUE(eventually([&] { return drops(*driver, "duplicate measurement") == 1; }));
  EXPECT_EQ(drops(*driver, "missed by the monitor"), 1u);  // number 2, which came late
  device.send(formats::write_n42(at(4))->substr(0, 500));
  ASSERT_TRUE(device.accept());
  EXPECT_TRUE(eventually([&] { return drops(*driver, "document cut off") == 1; }));
  auto faulty = at(5);
  faulty.measurements[0].faults.push_back({"HV", "high voltage low", "Fatal", "A2"});
  device.send(*formats::write_n42(faulty));
  EXPECT_EQ(collector_.wait_for(4).size(), 4u);
  EXPECT_EQ(driver->health().state, State::kFaulty);
  EXPECT_THAT(driver->health().message, HasSubstr("high voltage low"));
}

TEST_F(GammaTest, DocumentsInAFolderBecomeReadings) {
  TemporaryFolder folder;
  const auto driver =
      make("gamma_folder", "folder = \"" + folder.path().string() + "\"\npoll_s = 0.02\nsettle_s = 0.05\n");
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  std::ofstream(folder.path() / "a.n42") << *formats::write_n42(document(ago(1)));
  std::ofstream(folder.path() / "b.n42") << "<RadInstrumentData>";
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
  EXPECT_TRUE(eventually(
      [&] { return fs::exists(folder.path() / "done/a.n42") && fs::exists(folder.path() / "rejected/b.n42"); }));
  EXPECT_EQ(drops(*driver, "file not understood"), 1u);
  driver->stop();
}

TEST_F(GammaTest, AFolderKnowsTheSameMeasurementAgainAndTakesALateOne) {
  TemporaryFolder folder;
  const auto driver = make("gamma_folder", "folder = \"" + folder.path().string() +
                                               "\"\npoll_s = 0.02\nsettle_s = 0.02\nmax_file_mb = 0.05\n");
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  const Time base = ago(2);
  const auto text = [&](int i) {
    return *formats::write_n42(document(base + milliseconds(200.0 * i), static_cast<std::uint64_t>(i)));
  };
  std::ofstream(folder.path() / "3.n42") << text(3);
  ASSERT_EQ(collector_.wait_for(1).size(), 1u);
  std::ofstream(folder.path() / "copy.n42") << text(3);           // the same bytes
  EXPECT_TRUE(eventually([&] { return drops(*driver, "duplicate file") == 1; }));
  std::ofstream(folder.path() / "again.n42") << text(3) << "\n";  // the same measurement in other bytes
  EXPECT_TRUE(eventually([&] { return drops(*driver, "duplicate measurement") == 1; }));
  std::ofstream(folder.path() / "2.n42") << text(2);              // late
  const auto readings = collector_.wait_for(2);
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_EQ(readings[1].device_sequence, 2u);
  EXPECT_LT(readings[1].time, readings[0].time);
  std::ofstream(folder.path() / "big.n42") << std::string(60'000, ' ');
  EXPECT_TRUE(eventually([&] { return drops(*driver, "file too large") == 1; }));
  EXPECT_TRUE(eventually([&] { return fs::exists(folder.path() / "rejected/big.n42"); }));
}

}  // namespace
}  // namespace beltwarden::instruments
