// The spectrometer drivers over real loopback sockets and real folders.
#include "instruments/spectrometer/spectrometer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "formats/made_files_test.h"
#include "formats/spectrum_file.h"
#include "instruments/common/loopback_test.h"
#include "instruments/spectrometer/stream_codec.h"

namespace beltwarden::instruments {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;
using State = material::HealthReading::State;

const auto kAxis = std::make_shared<const material::SpectralAxis>(material::SpectralAxis{{1000, 1100, 1200}});

class SpectrometerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Driver> make(const char* name, const std::string& settings) {
    const auto config = Config::parse(settings, "test.toml");
    EXPECT_TRUE(config.ok()) << config.error().message;
    auto driver = driver_registry().at(name)(*config, {InstrumentId{"nir1"}, *log_, clock_});
    EXPECT_TRUE(driver.ok()) << driver.error().message;
    return driver ? std::move(*driver) : nullptr;
  }
  std::unique_ptr<Driver> stream(const LoopbackDevice& device, const std::string& more = "") {
    return make("spectrometer_stream",
                "host = \"127.0.0.1\"\nport = " + std::to_string(device.port()) + "\nlongest_pause_s = 0.05\n" + more);
  }
  SpectrumFrame frame(SpectrumKind kind, float level, Duration ago = {}) {
    SpectrumFrame f;
    f.sequence = ++sequence_;
    f.time = clock_.now() - ago;
    f.kind = kind;
    f.axis = kAxis;
    f.counts = {level, level, level};
    f.integration_ms = 10;
    return f;
  }
  std::string references() {
    return encode_spectrum_frame(frame(SpectrumKind::kDark, 100)) +
           encode_spectrum_frame(frame(SpectrumKind::kWhite, 1100));
  }

  SystemClock clock_;
  std::unique_ptr<Log> log_ = make_null_log();
  Collector collector_;
  std::uint64_t sequence_ = 0;
};

const material::SpectrumReading& spectrum(const material::Reading& reading) {
  return std::get<material::SpectrumReading>(reading.payload);
}

TEST_F(SpectrometerTest, AGatewaysSamplesComeAsReflectance) {
  LoopbackDevice device;
  const auto driver = stream(device);
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  device.send(references());
  const auto sample = frame(SpectrumKind::kSample, 600);
  device.send(encode_spectrum_frame(sample, false));
  const auto readings = collector_.wait_for(1);
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(readings[0].instrument.str(), "nir1");
  EXPECT_EQ(readings[0].device_sequence, 3u);
  EXPECT_EQ(readings[0].time, sample.time);
  EXPECT_GE(readings[0].received, sample.time);
  EXPECT_NEAR(readings[0].exposure_s, 0.01, 1e-9);
  EXPECT_THAT(spectrum(readings[0]).reflectance, Pointwise(FloatNear(1e-6f), {0.5f, 0.5f, 0.5f}));
  EXPECT_TRUE(eventually([&] { return driver->health().state == State::kWorking && driver->health().accepted == 1; }));
  EXPECT_GE(collector_.health_readings(), 1u);
}

TEST_F(SpectrometerTest, WithoutReferencesSamplesAreRefusedAndCounted) {
  LoopbackDevice device;
  const auto driver = stream(device);
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  device.send(encode_spectrum_frame(frame(SpectrumKind::kSample, 600)));
  EXPECT_TRUE(eventually([&] { return drops(*driver, "sample without references") == 1; }));
  EXPECT_EQ(driver->health().state, State::kDegraded);
  EXPECT_THAT(driver->health().message, HasSubstr("no white reference yet"));
}

TEST_F(SpectrometerTest, ReconnectsAfterGarbageHangUpAndTruncation) {
  LoopbackDevice device;
  const auto driver = stream(device);
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  device.send(references());
  device.send("this is no length");  // 0x74686973 bytes: too many
  ASSERT_TRUE(device.accept());      // it dropped the connection and came again
  EXPECT_EQ(drops(*driver, "stream out of step"), 1u);
  const std::string sample = encode_spectrum_frame(frame(SpectrumKind::kSample, 600));
  device.send(sample.substr(0, sample.size() / 2));
  ASSERT_TRUE(device.accept());  // hangs up within a frame
  device.send(std::string("\0\0\0\3\xFF\xFF\xFF", 7));
  device.send(sample);  // and sends it again, with its axis
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
  EXPECT_EQ(drops(*driver, "frame not understood"), 1u);
}

TEST_F(SpectrometerTest, DuplicatesAreDroppedLateOnesPassAndGapsAreCounted) {
  LoopbackDevice device;
  const auto driver = stream(device);
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  device.send(references());
  const auto a = frame(SpectrumKind::kSample, 600, milliseconds(300)),
             b = frame(SpectrumKind::kSample, 700, milliseconds(200)),
             c = frame(SpectrumKind::kSample, 800, milliseconds(100));
  sequence_ += 5;
  const auto d = frame(SpectrumKind::kSample, 900);
  for (const auto& each : {a, c, b, b, d}) device.send(encode_spectrum_frame(each));
  const auto readings = collector_.wait_for(4);
  ASSERT_EQ(readings.size(), 4u);
  EXPECT_EQ(readings[1].time, c.time);
  EXPECT_EQ(readings[2].time, b.time);
  EXPECT_TRUE(eventually([&] { return drops(*driver, "duplicate spectrum") == 1; }));
  EXPECT_EQ(drops(*driver, "missed by the gateway"), 5u);  // those before d; b was missed only for a while
}

TEST_F(SpectrometerTest, OldReferencesOnANewConnectionAreNoGap) {
  LoopbackDevice device;
  const auto driver = stream(device);
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  device.send(references());
  sequence_ += 1000;  // spoken to others before we came
  device.send(encode_spectrum_frame(frame(SpectrumKind::kSample, 600)));
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
  EXPECT_EQ(drops(*driver, "missed by the gateway"), 0u);
}

TEST_F(SpectrometerTest, AnOldLampIsReported) {
  LoopbackDevice device;
  const auto driver = stream(device, "max_lamp_hours = 1000\n");
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  device.send(references());
  auto sample = frame(SpectrumKind::kSample, 600);
  sample.lamp_hours = 1001;
  device.send(encode_spectrum_frame(sample));
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
  EXPECT_EQ(driver->health().state, State::kDegraded);
  EXPECT_THAT(driver->health().message, HasSubstr("burnt more than its 1000 h"));
}

TEST_F(SpectrometerTest, AWrongClockIsCorrectedAndShown) {
  LoopbackDevice device;
  const auto driver = stream(device);
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device.accept());
  device.send(references());
  device.send(encode_spectrum_frame(frame(SpectrumKind::kSample, 600, seconds(-3600))));  // an hour ahead
  const auto readings = collector_.wait_for(1);
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_NEAR((readings[0].received - readings[0].time).seconds(), 0, 0.5);
  EXPECT_EQ(driver->health().state, State::kDegraded);
  EXPECT_THAT(driver->health().message, HasSubstr("clock differs"));
}

TEST_F(SpectrometerTest, SilenceAndAbsenceAreReportedAndStopIsPrompt) {
  auto device = std::make_unique<LoopbackDevice>();
  const auto driver = stream(*device, "silence_s = 0.2\n");
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  ASSERT_TRUE(device->accept());
  EXPECT_TRUE(eventually([&] { return driver->health().message.find("silent") != std::string::npos; }));
  device.reset();
  EXPECT_TRUE(eventually([&] { return driver->health().message.find("cannot connect") != std::string::npos; }));
  EXPECT_EQ(driver->health().state, State::kDisconnected);
  const auto begin = std::chrono::steady_clock::now();
  driver->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST_F(SpectrometerTest, SettingsThatDoNotFitAreNamed) {
  const auto error = [&](const char* name, const char* settings) {
    const auto config = Config::parse(settings, "line.toml");
    return driver_registry().at(name)(*config, {InstrumentId{"nir1"}, *log_, clock_}).error().message;
  };
  EXPECT_THAT(error("spectrometer_stream", "port = 5000"), HasSubstr("host"));
  EXPECT_THAT(error("spectrometer_stream", "host = \"a\"\nport = 70000"), HasSubstr("port"));
  EXPECT_THAT(error("spectrometer_folder", ""), HasSubstr("folder"));
  EXPECT_THAT(error("spectrometer_folder", "folder = \"x\"\nquantity = \"volts\""),
              HasSubstr("expected auto, reflectance or counts, found 'volts'"));
}

// Folder driver.

formats::SpectrumFile file_of(float level, const std::string& kind, const std::string& unit,
                              std::optional<Time> measured) {
  formats::SpectrumFile file;
  file.spectra.push_back(
      {"s", {1000, 1100, 1200}, "nm", {level, level, level}, unit, measured, {{"integration_ms", "10"}}});
  if (!kind.empty()) file.spectra[0].meta["kind"] = kind;
  return file;
}

class FolderTest : public SpectrometerTest {
 protected:
  void SetUp() override {
    driver_ =
        make("spectrometer_folder", "folder = \"" + folder_.path().string() + "\"\npoll_s = 0.02\nsettle_s = 0.06\n");
    ASSERT_TRUE(driver_->start(collector_.sink()).ok());
  }
  void put(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_.path() / name, std::ios::binary) << bytes;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(FolderTest, ReadsEachFormatAndMovesItAway) {
  const Time now = clock_.now();
  put("a_dark.spc", *formats::write_spc(file_of(100, "", "counts", now)));
  put("b_white.dx", formats::write_jcamp_dx(file_of(1100, "", "counts", now)));
  EXPECT_TRUE(eventually([&] { return fs::exists(folder_.path() / "done/b_white.dx"); }));
  put("c.csv", *formats::write_spectral_csv(file_of(600, "sample", "counts", now)));
  put("d.spc", *formats::write_spc(file_of(0.25f, "", "reflectance", now)));
  put("e.dx", formats::write_jcamp_dx(file_of(1.0f, "", "absorbance", now + milliseconds(1))));
  auto readings = collector_.wait_for(3);
  ASSERT_EQ(readings.size(), 3u);
  EXPECT_THAT(spectrum(readings[0]).reflectance[0], FloatNear(0.5f, 1e-6f));
  EXPECT_EQ(readings[0].time.ns / 1'000'000, now.ns / 1'000'000);
  EXPECT_THAT(spectrum(readings[1]).reflectance[0], FloatNear(0.25f, 1e-6f));
  EXPECT_THAT(spectrum(readings[2]).reflectance[0], FloatNear(0.1f, 1e-6f));
  EXPECT_TRUE(eventually([&] { return fs::exists(folder_.path() / "done/e.dx"); }));
  EXPECT_FALSE(fs::exists(folder_.path() / "c.csv"));
}

TEST_F(FolderTest, ReadsWhatVendorsSoftwareWrites) {
  // Measured some day: what is read of the past has its own time.
  put("a.0", formats::made::opus_sample());       // absorbance 0.25, 0.5, 0.75 at 10,000, 7,500, 5,000 cm-1
  auto readings = collector_.wait_for(1);
  ASSERT_EQ(readings.size(), 1u) << "one of its three signals";
  EXPECT_THAT(spectrum(readings[0]).axis->wavelengths_nm, Pointwise(::testing::DoubleNear(0.01), {1000.0, 1333.33, 2000.0}));
  EXPECT_THAT(spectrum(readings[0]).reflectance, Pointwise(FloatNear(1e-4f), {0.5623f, 0.3162f, 0.1778f}));
  put("b.asd", formats::made::asd_sample());      // counts of 100 to 400 over a white of 400, 350 to 353 nm
  readings = collector_.wait_for(2);
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_THAT(spectrum(readings[1]).axis->wavelengths_nm, ElementsAre(350, 351, 352, 353));
  EXPECT_THAT(spectrum(readings[1]).reflectance, ElementsAre(0.25f, 0.5f, 0.75f, 1.0f));
  EXPECT_TRUE(eventually([&] { return fs::exists(folder_.path() / "done/a.0") && fs::exists(folder_.path() / "done/b.asd"); }));
}

TEST_F(SpectrometerTest, AFileThatIsTooLargeIsRejectedUnread) {
  TemporaryFolder folder;
  const auto driver = make("spectrometer_folder", "folder = \"" + folder.path().string() +
                                                      "\"\npoll_s = 0.02\nsettle_s = 0.02\nmax_file_mb = 0.01\n");
  std::ofstream(folder.path() / "big.csv") << std::string(10'486, ' ');   // one byte more than 0.01 MiB
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  EXPECT_TRUE(eventually([&] { return fs::exists(folder.path() / "rejected/big.csv.reason.txt"); }));
  EXPECT_EQ(drops(*driver, "file too large"), 1u);
  std::ofstream(folder.path() / "a.csv") << *formats::write_spectral_csv(file_of(0.5f, "sample", "reflectance", clock_.now()));
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
}

TEST_F(SpectrometerTest, OfWhatWasDealtWithTheNewestFilesAreKept) {
  TemporaryFolder folder;
  const auto driver = make("spectrometer_folder", "folder = \"" + folder.path().string() +
                                                      "\"\npoll_s = 0.02\nsettle_s = 0.02\nkeep_files = 2\n");
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  for (std::size_t i = 1; i <= 4; ++i) {
    std::ofstream(folder.path() / ("s" + std::to_string(i) + ".csv"))
        << *formats::write_spectral_csv(file_of(0.1f * static_cast<float>(i), "sample", "reflectance", clock_.now()));
    ASSERT_EQ(collector_.wait_for(i).size(), i);
  }
  EXPECT_TRUE(eventually([&] { return fs::exists(folder.path() / "done/s4.csv") && !fs::exists(folder.path() / "done/s2.csv"); }));
  EXPECT_FALSE(fs::exists(folder.path() / "done/s1.csv"));
  EXPECT_TRUE(fs::exists(folder.path() / "done/s3.csv"));
}

TEST_F(FolderTest, WaitsUntilAFileIsComplete) {
  const std::string bytes = *formats::write_spectral_csv(file_of(0.5f, "sample", "reflectance", clock_.now()));
  std::ofstream slow(folder_.path() / "slow.csv", std::ios::binary);
  for (const char c : bytes.substr(0, 20)) {
    slow << c << std::flush;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  slow << bytes.substr(20) << std::flush;
  put("not_yet.csv.tmp", bytes);
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
  EXPECT_EQ(driver_->health().dropped.size(), 0u);
  EXPECT_TRUE(fs::exists(folder_.path() / "not_yet.csv.tmp"));
}

TEST_F(FolderTest, RejectsWithTheReasonBesideAndGoesOn) {
  const std::string good = *formats::write_spectral_csv(file_of(0.5f, "sample", "reflectance", clock_.now()));
  put("cut.csv", good.substr(0, good.size() - 5) + "x");
  put("wrong.spc", "hello");
  put("kind.csv", *formats::write_spectral_csv(file_of(0.5f, "grey", "reflectance", clock_.now())));
  put("unit.csv", *formats::write_spectral_csv(file_of(0.5f, "sample", "furlong", clock_.now())));
  put("empty.csv", "");
  EXPECT_TRUE(eventually([&] { return drops(*driver_, "file not understood") == 5; }));
  std::ifstream reason(folder_.path() / "rejected/kind.csv.reason.txt");
  std::string text;
  std::getline(reason, text);
  EXPECT_THAT(text, HasSubstr("spectrum 1: kind: expected sample, white or dark, found 'grey'"));
  EXPECT_TRUE(fs::exists(folder_.path() / "rejected/wrong.spc"));
  put("good.csv", good);
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
}

TEST_F(FolderTest, TheSameBytesTwiceAreOneSpectrum) {
  const std::string bytes = *formats::write_spectral_csv(file_of(0.5f, "sample", "reflectance", clock_.now()));
  put("a.csv", bytes);
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
  put("copy of a.csv", bytes);
  EXPECT_TRUE(eventually([&] { return drops(*driver_, "duplicate file") == 1; }));
  EXPECT_TRUE(eventually([&] { return fs::exists(folder_.path() / "done/copy of a.csv"); }));
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
}

TEST_F(SpectrometerTest, AFolderThatGoesAwayOrStaysEmptyIsReported) {
  TemporaryFolder parent;
  const fs::path folder = parent.path() / "share";
  const auto driver = make("spectrometer_folder",
                           "folder = \"" + folder.string() + "\"\npoll_s = 0.02\nsettle_s = 0.02\nsilence_s = 0.2\n");
  ASSERT_TRUE(driver->start(collector_.sink()).ok());
  EXPECT_TRUE(eventually([&] { return driver->health().state == State::kDegraded; }));
  EXPECT_THAT(driver->health().message, HasSubstr("no complete file"));
  fs::remove_all(folder);
  EXPECT_TRUE(eventually([&] { return driver->health().state == State::kDisconnected; }));
  fs::create_directories(folder);
  std::ofstream(folder / "a.csv") << *formats::write_spectral_csv(file_of(0.5f, "sample", "reflectance", clock_.now()));
  EXPECT_EQ(collector_.wait_for(1).size(), 1u);
  EXPECT_EQ(driver->health().state, State::kWorking);
}

TEST_F(FolderTest, ATableOfMixedOrderComesInOrderOfTime) {
  const Time now = clock_.now();
  formats::SpectrumFile file = file_of(0.1f, "sample", "reflectance", now);
  file.spectra.push_back(file.spectra[0]);
  file.spectra[1].measured = now - seconds(1);
  file.spectra[1].meta["sequence"] = "41";
  file.spectra[0].meta["sequence"] = "42";
  put("t.csv", *formats::write_spectral_csv(file));
  const auto readings = collector_.wait_for(2);
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_EQ(readings[0].device_sequence, 41u);
  EXPECT_LT(readings[0].time, readings[1].time);
}

}  // namespace
}  // namespace beltwarden::instruments
