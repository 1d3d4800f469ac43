#include "instruments/common/tcp_intake.h"
#include "instruments/gamma/gamma.h"
#include "instruments/gamma/gamma_gate.h"

namespace beltwarden::instruments {
namespace {

class StreamDriver final : public Driver {
 public:
  StreamDriver(TcpIntakeSettings tcp, GammaGateSettings gate, std::size_t max_document_bytes, DriverContext context)
      : max_document_bytes_(max_document_bytes),
        framer_(max_document_bytes),
        health_(context),
        gate_(gate, context, health_),
        intake_(std::move(tcp), health_, worker_) {}
  ~StreamDriver() override { stop(); }

  Result<void> start(Sink sink) override {
    return worker_.start([this, sink = std::move(sink)] {
      intake_.run({[this] { begin(); }, [this, &sink](std::string_view bytes) { return take(bytes, sink); }}, sink);
    });
  }
  void stop() override { worker_.stop(); }
  material::HealthReading health() const override { return health_.reading(); }

 private:
  void begin() {
    if (framer_.holds_partial()) health_.dropped("document cut off", "the connection ended within a document");
    framer_ = formats::N42Framer(max_document_bytes_);
    oversized_ = truncated_ = stray_ = 0;
  }

  Result<void> take(std::string_view bytes, const Sink& sink) {
    std::vector<std::string> documents;
    framer_.feed(bytes, documents);
    count(framer_.oversized(), oversized_, "document too large",
          "a document of more than " + std::to_string(max_document_bytes_) +
              " bytes; expected its closing </RadInstrumentData> before");
    count(framer_.truncated(), truncated_, "document cut off", "a document began within another one");
    count(framer_.stray_bytes(), stray_, "bytes outside documents",
          "expected <?xml or <RadInstrumentData, found other bytes");
    for (const std::string& document : documents) {
      if (auto taken = gate_.take(document, true, sink); !taken) {
        if (taken.error().code == ErrorCode::kUnavailable) return taken;
        health_.dropped("document not understood", taken.error().message);
      }
    }
    return {};
  }

  void count(std::uint64_t now, std::uint64_t& before, const char* cause, const std::string& message) {
    if (now > before) health_.dropped(cause, message, now - before);
    before = now;
  }

  std::size_t max_document_bytes_;
  formats::N42Framer framer_;
  std::uint64_t oversized_ = 0, truncated_ = 0, stray_ = 0;
  HealthKeeper health_;
  GammaGate gate_;
  TcpIntake intake_;
  Worker worker_;  // last: its thread ends before what it uses
};

}  // namespace

Result<std::unique_ptr<Driver>> make_gamma_stream(const Config& settings, DriverContext context) {
  auto tcp = TcpIntakeSettings::read(settings);
  if (!tcp) return tcp.error();
  auto gate = GammaGateSettings::read(settings);
  if (!gate) return gate.error();
  auto most = settings.integer("max_document_bytes", 1'000, 64 << 20, 4 << 20);
  if (!most) return most.error();
  return std::unique_ptr<Driver>(
      new StreamDriver(std::move(*tcp), *gate, static_cast<std::size_t>(*most), std::move(context)));
}

}  // namespace beltwarden::instruments
