// The camera driver against Aravis' fake GigE Vision camera on loopback, and its parts by hand.
#include <arv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "instruments/camera/camera.h"
#include "instruments/camera/frame_count.h"

namespace beltwarden::instruments {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using material::HealthReading;

template <class Condition>
bool eventually(Condition condition, double within_s = 10) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(within_s);
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

constexpr int kWidth = 64, kHeight = 48;

/// A camera whose pictures are (x, y, 200) in red, green and blue.
class FakeCamera {
 public:
  FakeCamera() { start(); }
  ~FakeCamera() { kill(); }

  void start() {
    // GigE Vision's port is fixed: wait for another test run that holds it.
    for (int tries = 0; tries < 50; ++tries) {
      camera_ = arv_gv_fake_camera_new("127.0.0.1", "BW-TEST");
      if (camera_ && arv_gv_fake_camera_is_running(camera_)) break;
      kill();
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    if (!camera_) return;
    ArvFakeCamera* fake = arv_gv_fake_camera_get_fake_camera(camera_);
    arv_fake_camera_write_register(fake, ARV_FAKE_CAMERA_REGISTER_WIDTH, kWidth);
    arv_fake_camera_write_register(fake, ARV_FAKE_CAMERA_REGISTER_HEIGHT, kHeight);
    arv_fake_camera_write_register(fake, ARV_FAKE_CAMERA_REGISTER_PIXEL_FORMAT, ARV_PIXEL_FORMAT_RGB_8_PACKED);
    arv_fake_camera_write_register(fake, ARV_FAKE_CAMERA_REGISTER_ACQUISITION_FRAME_PERIOD_US, 20'000);
    arv_fake_camera_set_fill_pattern(fake, &fill, this);
  }
  void kill() {
    if (camera_) g_object_unref(camera_);
    camera_ = nullptr;
  }
  bool runs() const { return camera_ != nullptr; }

 private:
  static void fill(ArvBuffer* buffer, void*, guint32, guint32, ArvPixelFormat format) {
    auto* out = static_cast<std::uint8_t*>(const_cast<void*>(arv_buffer_get_data(buffer, nullptr)));
    if (format != ARV_PIXEL_FORMAT_RGB_8_PACKED) return;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x, out += 3) {
        out[0] = static_cast<std::uint8_t>(x);
        out[1] = static_cast<std::uint8_t>(y);
        out[2] = 200;
      }
    }
  }
  ArvGvFakeCamera* camera_ = nullptr;
};

class Site {
 public:
  explicit Site(const std::string& more = "") {
    const auto config = Config::parse("address = '127.0.0.1'\nmm_per_px = 2\nlongest_pause_s = 0.25\nsilence_s = 2\n" + more, "camera.toml");
    auto made = make_gige_camera(*config, {InstrumentId{"cam"}, *log_, clock_});
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    driver = std::move(*made);
    EXPECT_TRUE(driver->start([this](Output output) {
      std::lock_guard lock(mutex_);
      if (auto* frame = std::get_if<RawFrame>(&output)) frames_.push_back(std::move(*frame));
      return true;
    }).ok());
  }
  std::vector<RawFrame> frames() {
    std::lock_guard lock(mutex_);
    return frames_;
  }
  std::size_t count() {
    std::lock_guard lock(mutex_);
    return frames_.size();
  }
  HealthReading::State state() { return driver->health().state; }

 private:
  std::unique_ptr<Log> log_ = make_null_log();
  SystemClock clock_;
  std::mutex mutex_;
  std::vector<RawFrame> frames_;

 public:
  std::unique_ptr<Driver> driver;
};

TEST(GigeCamera, TakesFramesInOrderWithTheirPixels) {
  FakeCamera camera;
  if (!camera.runs()) GTEST_SKIP() << "skipped: GigE Vision's port 3956 is taken";
  Site site;
  ASSERT_TRUE(eventually([&] { return site.count() >= 10; })) << site.driver->health().message;
  const auto frames = site.frames();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].frame_number, i + 1);
    EXPECT_EQ(frames[i].width_px, static_cast<std::uint32_t>(kWidth));
    EXPECT_EQ(frames[i].height_px, static_cast<std::uint32_t>(kHeight));
    EXPECT_EQ(frames[i].mm_per_px, 2);
    EXPECT_LE(frames[i].time, frames[i].received);
    if (i > 0) {
      EXPECT_GT(frames[i].time, frames[i - 1].time);
    }
  }
  const auto& bgr = frames[3].bgr;
  ASSERT_EQ(bgr.size(), std::size_t{3} * kWidth * kHeight);
  const std::size_t at = 3 * (7 * kWidth + 21);
  EXPECT_EQ(bgr[at], 200);
  EXPECT_EQ(bgr[at + 1], 7);
  EXPECT_EQ(bgr[at + 2], 21);
  EXPECT_EQ(site.state(), HealthReading::State::kWorking);
  EXPECT_TRUE(site.driver->health().dropped.empty());
}

TEST(GigeCamera, StampsByTheCamerasClockOnTheSitesTime) {
  FakeCamera camera;
  if (!camera.runs()) GTEST_SKIP() << "skipped: GigE Vision's port 3956 is taken";
  Site site("stamp = 'camera'\n");
  ASSERT_TRUE(eventually([&] { return site.count() >= 5; })) << site.driver->health().message;
  for (const auto& frame : site.frames()) {
    EXPECT_LE(frame.time, frame.received);
    EXPECT_LT((frame.received - frame.time).seconds(), 1);
  }
}

TEST(GigeCamera, CountsTheBeltByTheEncodersPulses) {
  FakeCamera camera;
  if (!camera.runs()) GTEST_SKIP() << "skipped: GigE Vision's port 3956 is taken";
  Site site("stamp = 'encoder'\ntrigger_pitch_mm = 500\n");      // its own settings say what triggers it
  ASSERT_TRUE(eventually([&] { return site.count() >= 5; })) << site.driver->health().message;
  const auto before = site.frames();
  for (const auto& frame : before) {
    ASSERT_TRUE(frame.encoder.has_value());
    EXPECT_EQ(frame.encoder->run, before.front().encoder->run);
    EXPECT_EQ(frame.encoder->belt_m, 0.5 * static_cast<double>(frame.frame_number));
  }
  camera.kill();
  ASSERT_TRUE(eventually([&] { return site.state() == HealthReading::State::kDisconnected; }));
  camera.start();
  ASSERT_TRUE(camera.runs());
  ASSERT_TRUE(eventually([&] { return site.frames().back().encoder->run != before.front().encoder->run; }, 20));
}

TEST(GigeCamera, ComesBackWhenTheCameraIsRestarted) {
  FakeCamera camera;
  if (!camera.runs()) GTEST_SKIP() << "skipped: GigE Vision's port 3956 is taken";
  Site site;
  ASSERT_TRUE(eventually([&] { return site.count() >= 3; }));
  camera.kill();
  ASSERT_TRUE(eventually([&] { return site.state() == HealthReading::State::kDisconnected; }));
  const auto before = site.count();
  camera.start();
  ASSERT_TRUE(camera.runs());
  ASSERT_TRUE(eventually([&] { return site.count() >= before + 3; }, 20)) << site.driver->health().message;
  const auto frames = site.frames();
  EXPECT_GT(frames.back().frame_number, frames[before - 1].frame_number);
  ASSERT_FALSE(site.driver->health().dropped.empty());
}

TEST(GigeCamera, SaysThatNoCameraAnswersAndStopsPromptly) {
  Site site;
  ASSERT_TRUE(eventually([&] { return site.state() == HealthReading::State::kDisconnected; }));
  EXPECT_THAT(site.driver->health().message, HasSubstr("127.0.0.1"));
  const auto begin = std::chrono::steady_clock::now();
  site.driver->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(GigeCamera, NamesSettingsThatDoNotFit) {
  SystemClock clock;
  const auto log = make_null_log();
  const auto message = [&](const char* text) {
    return make_gige_camera(*Config::parse(text, "c.toml"), {InstrumentId{"cam"}, *log, clock}).error().message;
  };
  EXPECT_THAT(message("mm_per_px = 2"), HasSubstr("'address' is missing"));
  EXPECT_THAT(message("address = 'x'"), HasSubstr("'mm_per_px' is missing"));
  EXPECT_THAT(message("address = 'x'\nmm_per_px = 2\nstamp = 'gps'"), HasSubstr("expected arrival, camera or encoder"));
  EXPECT_THAT(message("address = 'x'\nmm_per_px = 2\nstamp = 'encoder'\nframes_per_s = 8\ntrigger_pitch_mm = 500"), HasSubstr("exclude each other"));
  EXPECT_THAT(message("address = 'x'\nmm_per_px = 2\nstamp = 'encoder'"), HasSubstr("'trigger_pitch_mm' is missing"));
}

TEST(FrameCounter, RunsAcrossTheEndOf16BitsAndReconnects) {
  camera::FrameCounter counter;
  EXPECT_EQ(counter.count(65533).number, 1u);
  EXPECT_EQ(counter.count(65534).number, 2u);
  EXPECT_EQ(counter.count(65535).number, 3u);
  EXPECT_EQ(counter.count(1).number, 4u);
  EXPECT_EQ(counter.count(4).lost, 2u);
  EXPECT_TRUE(counter.count(4).repeated);
  EXPECT_TRUE(counter.count(3).repeated);
  counter.reconnected();
  EXPECT_EQ(counter.count(1).number, 8u);
}

TEST(CameraClock, TakesTheSmallestDelay) {
  camera::CameraClock clock;
  EXPECT_EQ(clock.on_site_clock(1'000, Time{500'010}), (Time{500'010}));
  EXPECT_EQ(clock.on_site_clock(2'000, Time{501'003}), (Time{501'003}));
  EXPECT_EQ(clock.on_site_clock(3'000, Time{502'050}), (Time{502'003}));
  EXPECT_EQ(clock.on_site_clock(10, Time{900'000}), (Time{900'000}));      // restarted
}

}  // namespace
}  // namespace beltwarden::instruments
