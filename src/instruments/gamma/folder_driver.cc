#include "instruments/common/watched_folder.h"
#include "instruments/gamma/gamma.h"
#include "instruments/gamma/gamma_gate.h"

namespace beltwarden::instruments {
namespace {

class FolderDriver final : public Driver {
 public:
  FolderDriver(WatchedFolderSettings watched, GammaGateSettings gate, DriverContext context)
      : folder_name_(watched.folder.string()),
        started_(context.clock.now()),
        health_(context),
        gate_(gate, context, health_),
        folder_(std::move(watched), health_, context.clock) {}
  ~FolderDriver() override { stop(); }

  Result<void> start(Sink sink) override {
    return worker_.start([this, sink = std::move(sink)] {
      health_.state(material::HealthReading::State::kConnecting, "watching " + folder_name_);
      folder_.run(
          [&](const WatchedFolder::File& file) { return gate_.take(file.bytes, file.changed >= started_, sink); },
          worker_, sink);
    });
  }
  void stop() override { worker_.stop(); }
  material::HealthReading health() const override { return health_.reading(); }

 private:
  std::string folder_name_;
  Time started_;
  HealthKeeper health_;
  GammaGate gate_;
  WatchedFolder folder_;
  Worker worker_;  // last: its thread ends before what it uses
};

}  // namespace

Result<std::unique_ptr<Driver>> make_gamma_folder(const Config& settings, DriverContext context) {
  auto watched = WatchedFolderSettings::read(settings);
  if (!watched) return watched.error();
  auto gate = GammaGateSettings::read(settings);
  if (!gate) return gate.error();
  return std::unique_ptr<Driver>(new FolderDriver(std::move(*watched), *gate, std::move(context)));
}

}  // namespace beltwarden::instruments
