#include "instruments/common/tcp_intake.h"
#include "instruments/spectrometer/spectrometer.h"
#include "instruments/spectrometer/spectrum_gate.h"

namespace beltwarden::instruments {
namespace {

class StreamDriver final : public Driver {
 public:
  StreamDriver(TcpIntakeSettings tcp, SpectrumGateSettings gate, DriverContext context)
      : health_(context), gate_(gate, context, health_), intake_(std::move(tcp), health_, worker_) {}
  ~StreamDriver() override { stop(); }

  Result<void> start(Sink sink) override {
    return worker_.start([this, sink = std::move(sink)] {
      intake_.run({[this] { parser_ = SpectrumFrameParser(); },
                   [this, &sink](std::string_view bytes) { return take(bytes, sink); }},
                  sink);
    });
  }
  void stop() override { worker_.stop(); }
  material::HealthReading health() const override { return health_.reading(); }

 private:
  Result<void> take(std::string_view bytes, const Sink& sink) {
    parser_.feed(bytes);
    while (auto frame = parser_.next()) {
      if (frame->ok()) {
        if (!gate_.take(**frame, true, sink)) return unavailable("the site is closing");
      } else {
        health_.dropped(parser_.out_of_step() ? "stream out of step" : "frame not understood", frame->error().message);
        if (parser_.out_of_step()) return frame->error();
      }
    }
    return {};
  }

  HealthKeeper health_;
  SpectrumGate gate_;
  SpectrumFrameParser parser_;
  TcpIntake intake_;
  Worker worker_;  // last: its thread ends before what it uses
};

}  // namespace

Result<std::unique_ptr<Driver>> make_spectrometer_stream(const Config& settings, DriverContext context) {
  auto tcp = TcpIntakeSettings::read(settings);
  if (!tcp) return tcp.error();
  auto gate = SpectrumGateSettings::read(settings);
  if (!gate) return gate.error();
  return std::unique_ptr<Driver>(new StreamDriver(std::move(*tcp), *gate, std::move(context)));
}

}  // namespace beltwarden::instruments
