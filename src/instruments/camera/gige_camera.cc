#include <algorithm>

#include "instruments/camera/aravis_session.h"
#include "instruments/camera/camera.h"
#include "instruments/camera/frame_gate.h"
#include "instruments/common/health_keeper.h"
#include "instruments/common/worker.h"

namespace beltwarden::instruments {
namespace {

using camera::AravisSession;
using material::HealthReading;

constexpr Duration kFirstPause = milliseconds(250);
constexpr Duration kLook = milliseconds(100);          // how long to wait for a frame before looking at everything else

struct Settings {
  camera::SessionSettings session;
  camera::FrameGateSettings gate;
  Duration silence, longest_pause;
};

Result<Settings> read_settings(const Config& config) {
  Settings s;
  auto address = config.text("address");
  if (!address) return address.error();
  s.session.address = *address;
  for (auto [key, value] : {std::pair{"pixel_format", &s.session.pixel_format}, {"trigger", &s.session.trigger}}) {
    auto text = config.text(key, "");
    if (!text) return text.error();
    *value = *text;
  }
  auto stamp = config.text("stamp", "arrival");
  if (!stamp) return stamp.error();
  if (*stamp != "arrival" && *stamp != "camera" && *stamp != "encoder") {
    return invalid_input(config.where() + ": 'stamp' is '" + *stamp + "', expected arrival, camera or encoder");
  }
  s.gate.by_camera_clock = *stamp == "camera";
  if (*stamp == "encoder") {
    if (config.has("frames_per_s")) {
      return invalid_input(config.where() + ": stamp = \"encoder\" and 'frames_per_s' exclude each other: the encoder triggers the camera");
    }
    auto pitch = config.number("trigger_pitch_mm", 1, 100'000);
    if (!pitch) return pitch.error();
    s.gate.trigger_pitch_mm = *pitch;
  }

  struct Number {
    const char* key;
    double low, high;
    std::optional<double>* value;
  };
  for (const Number& n : {Number{"frames_per_s", 0.01, 1000, &s.session.frames_per_s},
                          Number{"exposure_us", 1, 1e6, &s.session.exposure_us}, Number{"gain", -100, 100, &s.session.gain}}) {
    if (!config.has(n.key)) continue;
    auto value = config.number(n.key, n.low, n.high);
    if (!value) return value.error();
    *n.value = *value;
  }
  for (auto [key, value] : {std::pair{"width_px", &s.session.width}, {"height_px", &s.session.height}}) {
    if (!config.has(key)) continue;
    auto number = config.integer(key, 1, camera::kLargestSide_px);
    if (!number) return number.error();
    *value = static_cast<int>(*number);
  }
  struct Integer {
    const char* key;
    std::int64_t low, high;
    int* value;
  };
  for (const Integer& n : {Integer{"packet_bytes", 0, 65'000, &s.session.packet_bytes}, Integer{"buffers", 2, 64, &s.session.buffers},
                           Integer{"socket_buffer_bytes", 1 << 16, 1 << 30, &s.session.socket_buffer_bytes}}) {
    auto value = config.integer(n.key, n.low, n.high, *n.value);
    if (!value) return value.error();
    *n.value = static_cast<int>(*value);
  }
  auto scale = config.number("mm_per_px", 0.01, 1000);
  if (!scale) return scale.error();
  s.gate.mm_per_px = *scale;
  auto delay = config.number("delay_s", 0, 10, 0);
  if (!delay) return delay.error();
  s.gate.delay = seconds(*delay);
  auto silence = config.number("silence_s", 0.2, 3600, 10);
  if (!silence) return silence.error();
  s.silence = seconds(*silence);
  auto pause = config.number("longest_pause_s", 0.25, 600, 15);
  if (!pause) return pause.error();
  s.longest_pause = seconds(*pause);
  return s;
}

class GigeCamera final : public Driver {
 public:
  GigeCamera(Settings settings, DriverContext context) : settings_(std::move(settings)), context_(context), health_(context), gate_(settings_.gate, context.instrument) {}
  ~GigeCamera() override { stop(); }

  Result<void> start(Sink sink) override {
    return worker_.start([this, sink = std::move(sink)] { run(sink); });
  }
  void stop() override { worker_.stop(); }
  HealthReading health() const override { return health_.reading(); }

 private:
  void run(const Sink& sink) {
    Duration pause = kFirstPause;
    while (!worker_.stopping()) {
      health_.state(HealthReading::State::kConnecting, "looking for the camera at " + settings_.session.address);
      auto session = AravisSession::open(settings_.session, [this] { return !worker_.stopping(); });
      if (!session) {
        if (worker_.stopping()) return;
        health_.state(HealthReading::State::kDisconnected, session.error().message);
        if (!health_.send_if_due(sink) || !worker_.wait(pause)) return;
        pause = std::min(pause + pause, settings_.longest_pause);
        continue;
      }
      bool saw = false;
      if (!stream(**session, sink, saw)) return;
      // A camera that can be opened but sends nothing is not tried without pause.
      pause = saw ? kFirstPause : std::min(pause + pause, settings_.longest_pause);
      session->reset();
      if (!health_.send_if_due(sink) || !worker_.wait(pause)) return;
    }
  }

  /// Until the camera is lost; false when the driver is to end.
  bool stream(AravisSession& session, const Sink& sink, bool& saw) {
    gate_.reconnected();
    reported_ = {};
    Duration heard = context_.clock.monotonic();
    bool open = true;
    while (!worker_.stopping()) {
      const bool came = session.next(kLook, [&](const camera::SessionFrame& frame) { open = take(session, frame, sink, saw); });
      if (!open) return false;
      count_losses(session);
      const Duration now = context_.clock.monotonic();
      if (came) heard = now;
      if (session.control_lost()) {
        lost("control lost", "the camera does not answer any more, or somebody else controls it");
        return true;
      }
      if (now - heard > settings_.silence) {
        lost("camera silent", "no frame for " + std::to_string(settings_.silence.seconds()) + " s");
        return true;
      }
      if (!health_.send_if_due(sink)) return false;
    }
    return false;
  }

  void lost(const char* cause, const std::string& message) {
    health_.dropped(cause, message);
    health_.state(HealthReading::State::kDisconnected, message);
  }

  /// False when the sink says that the site is shutting down.
  bool take(const AravisSession& session, const camera::SessionFrame& frame, const Sink& sink, bool& saw) {
    auto passed = gate_.take(frame, context_.clock.now(), session.exposure_s());
    if (passed.lost > 0) health_.dropped("frame lost", std::to_string(passed.lost) + " frame numbers were skipped", passed.lost);
    if (!passed.frame) {
      health_.dropped(passed.cause, passed.message);
      if (passed.wrong_camera) health_.state(HealthReading::State::kFaulty, passed.message);
      return true;
    }
    health_.accepted();
    health_.state(HealthReading::State::kWorking, session.model() + " streams");
    saw = true;
    return sink(std::move(*passed.frame));
  }

  void count_losses(const AravisSession& session) {
    const auto counts = session.counts();
    if (counts.underruns > reported_.underruns) {
      health_.dropped("no buffer free", "the site was too slow for the camera's frames", counts.underruns - reported_.underruns);
    }
    if (counts.missing_packets > reported_.missing_packets) {
      health_.dropped("packet lost", "stream packets were lost on the way and not resent in time",
                      counts.missing_packets - reported_.missing_packets);
    }
    reported_ = counts;
  }

  const Settings settings_;
  DriverContext context_;
  HealthKeeper health_;
  camera::FrameGate gate_;
  AravisSession::Counts reported_;
  Worker worker_;      // last: its thread ends before what it uses
};

}  // namespace

Result<std::unique_ptr<Driver>> make_gige_camera(const Config& settings, DriverContext context) {
  auto read = read_settings(settings);
  if (!read) return read.error();
  return std::unique_ptr<Driver>(std::make_unique<GigeCamera>(std::move(*read), context));
}

}  // namespace beltwarden::instruments
