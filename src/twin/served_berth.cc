#include "twin/served_berth.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <mutex>
#include <thread>

#include "base/file.h"
#include "twin/berth_core.h"
#include "twin/camera_server.h"
#include "twin/declarations.h"
#include "twin/device_messages.h"
#include "twin/plc_server.h"
#include "twin/tcp_broadcast.h"

namespace beltwarden::twin {
namespace {

constexpr double kReferenceEvery_s = 1800;  // the spectrometer looks at its white tile
constexpr double kPlcCycle_s = 0.02;

// Removes itself a file at a time: what a vendor's software leaves has a whole name only when it is whole.
Result<void> leave_file(const std::filesystem::path& folder, const std::string& name, const std::string& bytes) {
  const auto hidden = folder / ("." + name + ".part");
  std::FILE* f = std::fopen(hidden.c_str(), "wb");
  if (f == nullptr) return io_error("cannot write " + hidden.string());
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), f) == bytes.size();
  const bool closed = std::fclose(f) == 0;
  std::error_code error;
  if (written && closed) std::filesystem::rename(hidden, folder / name, error);
  if (!written || !closed || error) return io_error("cannot write " + (folder / name).string());
  return {};
}

class Served final : public ServedBerth {
 public:
  Served(std::unique_ptr<BerthCore> core, ServeOptions options, Log& log)
      : core_(std::move(core)),
        options_(std::move(options)),
        log_(log),
        begun_(std::chrono::steady_clock::now()),
        begun_at_(options_.clock->now()),
        signal_(core_->spectrum(0).axis) {}

  ~Served() override {
    {
      std::lock_guard lock(stop_mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    for (auto& thread : threads_) thread.join();
    camera_.reset();
    plc_.reset();
    spectra_.reset();
    gamma_.reset();
  }

  Result<void> open();
  std::string site_toml() const override;
  std::string declarations_json() const override { return declarations_as_json(core_->scenario()); }
  double elapsed_s() const override {
    return options_.begin_s + std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  }
  bool finished() const override {
    std::lock_guard lock(core_mutex_);
    return elapsed_s() >= core_->wall_end();
  }
  Figures figures() const override {
    return {spectra_made_, frames_made_, gamma_made_, plc_->port(), spectra_->port(), gamma_->port()};
  }

 private:
  Time time_at(double wall_s) const { return begun_at_ + seconds(wall_s - options_.begin_s); }

  // Calls `speak` for each reading of a source when it is due, until told to stop or the berth has ended.
  void run(Source source, const std::function<void(std::uint64_t)>& speak);
  void speak_spectrum(std::uint64_t index);
  void speak_gamma(std::uint64_t index);
  void send_references(double wall_s);
  const std::vector<std::uint8_t>& next_picture();

  std::unique_ptr<BerthCore> core_;
  mutable std::mutex core_mutex_;  // of the core's ordered stops, and of its maker of gamma readings
  const ServeOptions options_;
  Log& log_;
  const std::chrono::steady_clock::time_point begun_;
  const Time begun_at_;

  SpectrometerSignal signal_;
  std::mutex references_mutex_;
  std::string references_;  // the newest dark and white, as they were sent
  double references_due_s_ = 0;
  std::uint64_t spectrum_sequence_ = 0;

  instruments::RawFrame picture_;
  std::atomic<std::uint64_t> spectra_made_{0}, frames_made_{0}, gamma_made_{0};

  std::unique_ptr<TcpBroadcast> spectra_, gamma_;
  std::unique_ptr<PlcServer> plc_;
  std::unique_ptr<CameraServer> camera_;
  std::vector<std::thread> threads_;
  std::mutex stop_mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
};

Result<void> Served::open() {
  for (const auto& folder : {options_.spectrum_folder, options_.gamma_folder}) {
    std::error_code error;
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    if (error) return io_error("cannot make " + folder.string() + ": " + error.message());
  }
  auto spectra = TcpBroadcast::listen(options_.address, options_.spectrum_port, [this] {
    std::lock_guard lock(references_mutex_);
    return references_;
  });
  if (!spectra) return spectra.error().within("spectrum stream");
  spectra_ = std::move(*spectra);
  auto gamma = TcpBroadcast::listen(options_.address, options_.gamma_port, {});
  if (!gamma) return gamma.error().within("gamma stream");
  gamma_ = std::move(*gamma);

  PlcTerminal terminal;
  terminal.belt = [this] {
    std::lock_guard lock(core_mutex_);
    const double wall = elapsed_s();
    return core_->belt(static_cast<std::uint64_t>(wall / kPlcCycle_s), wall);
  };
  terminal.heartbeat = [this] {
    return static_cast<std::uint16_t>(static_cast<std::uint64_t>(elapsed_s() / kPlcCycle_s));
  };
  terminal.cut = [this](std::uint32_t increment) {
    std::lock_guard lock(core_mutex_);
    return core_->cut_kg(elapsed_s(), increment);
  };
  terminal.stop = [this] {
    std::lock_guard lock(core_mutex_);
    core_->stop_belt(elapsed_s());
    log_.info("the site asked for a stop: the belt stands still for a minute");
    return true;
  };
  terminal.answer_s = kAnswerSeconds;
  auto plc = PlcServer::listen(options_.address, options_.plc_port, std::move(terminal), log_);
  if (!plc) return plc.error().within("PLC");
  plc_ = std::move(*plc);

  if (options_.camera) {
    const auto& setup = core_->scenario().camera;
    CameraSettings settings;
    settings.address = options_.address;
    settings.width_px = setup.width_px;
    settings.height_px = setup.height_px;
    settings.bayer = setup.bayer;
    settings.frames_per_s =
        setup.trigger.every_s > 0 ? 1 / setup.trigger.every_s : core_->scenario().speed_mps / setup.trigger.every_m;
    auto camera =
        CameraServer::start(settings, [this]() -> const std::vector<std::uint8_t>& { return next_picture(); });
    if (!camera) return camera.error().within("camera");
    camera_ = std::move(*camera);
  }
  send_references(elapsed_s());
  threads_.emplace_back([this] { run(Source::kSpectrometer, [this](std::uint64_t i) { speak_spectrum(i); }); });
  threads_.emplace_back([this] { run(Source::kGamma, [this](std::uint64_t i) { speak_gamma(i); }); });
  return {};
}

void Served::run(Source source, const std::function<void(std::uint64_t)>& speak) {
  const auto due_of = [&](std::uint64_t index) {
    std::lock_guard lock(core_mutex_);
    const double due = core_->due(source, index);
    return due > core_->wall_end() ? -1.0 : due;
  };
  std::uint64_t index = 0;
  while (due_of(index) >= 0 && due_of(index) < elapsed_s()) ++index;
  std::unique_lock lock(stop_mutex_);
  while (!stopping_) {
    const double due = due_of(index), wait = due - elapsed_s();
    if (due < 0) return;
    if (wait > 0) {
      // A stop that is ordered meanwhile moves what is due: look again now and then.
      stopped_.wait_for(lock, std::chrono::duration<double>(std::min(wait, 0.2)));
      continue;
    }
    lock.unlock();
    speak(index++);
    lock.lock();
  }
}

void Served::send_references(double wall_s) {
  std::lock_guard lock(references_mutex_);
  const auto& setup = core_->scenario().spectrometer;
  const double integration_ms = setup.exposure_s * 1000 / setup.spots;
  const Time time = time_at(wall_s);
  references_ = instruments::encode_spectrum_frame(signal_.dark(++spectrum_sequence_, time, integration_ms));
  references_ += instruments::encode_spectrum_frame(signal_.white(++spectrum_sequence_, time, integration_ms));
  references_due_s_ = wall_s + kReferenceEvery_s;
  spectra_->send(std::make_shared<const std::string>(references_));
}

void Served::speak_spectrum(std::uint64_t index) {
  double wall = 0;
  material::SpectrumReading reading;
  {
    std::lock_guard lock(core_mutex_);
    wall = core_->due(Source::kSpectrometer, index);
    reading = core_->spectrum(index);
  }
  if (wall >= references_due_s_) send_references(wall);
  const std::uint64_t sequence = ++spectrum_sequence_;
  auto message = instruments::encode_spectrum_frame(signal_.sample(sequence, time_at(wall), reading), false);
  spectra_->send(std::make_shared<const std::string>(std::move(message)));
  ++spectra_made_;
  if (options_.spectrum_folder.empty()) return;
  auto bytes = spectrum_file(sequence, time_at(wall), reading);
  auto left = bytes ? leave_file(options_.spectrum_folder, "scan" + std::to_string(sequence) + ".spc", *bytes)
                    : Result<void>(bytes.error());
  if (!left) log_.warn_once("spectrum file", left.error().message);
}

void Served::speak_gamma(std::uint64_t index) {
  std::vector<std::vector<std::uint32_t>> detectors;
  material::GammaReading reading;
  double wall = 0;
  {
    std::lock_guard lock(core_mutex_);
    wall = core_->due(Source::kGamma, index);
    reading = core_->gamma(index, &detectors);
  }
  auto document = gamma_document(index + 1, time_at(wall - reading.real_s), reading, detectors);
  if (!document) {
    log_.warn_once("gamma document", document.error().message);
    return;
  }
  ++gamma_made_;
  if (!options_.gamma_folder.empty()) {
    if (auto left = leave_file(options_.gamma_folder, "m" + std::to_string(index + 1) + ".n42", *document); !left) {
      log_.warn_once("gamma file", left.error().message);
    }
  }
  gamma_->send(std::make_shared<const std::string>(std::move(*document)));
}

const std::vector<std::uint8_t>& Served::next_picture() {
  double travel = 0;
  {
    std::lock_guard lock(core_mutex_);
    travel = core_->travel_m(elapsed_s());
  }
  core_->frames().paint(++frames_made_, travel, core_->plan(), picture_);
  return picture_.bgr;
}

std::string Served::site_toml() const {
  const auto layout = core_->layout();
  const auto number = [](double v) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", v);
    return std::string(text);
  };
  std::string out =
      "[line]\nid = \"" + layout.line.str() + "\"\nfeed_distance_m = " + number(layout.feed_distance.value) +
      "\ntick_t = " + number(layout.tick.value) + "\nencoder_tick_m = " + number(layout.encoder_tick.value) +
      "\nslice_t = " + number(layout.slice.value) +
      "\n\n[[instrument]]\nid = \"plc\"\nkind = \"plc\"\ndriver = \"modbus_plc\"\nhost = \"" + options_.address +
      "\"\nport = " + std::to_string(plc_->port()) + "\nsampler = \"sampler\"\n";
  for (const auto& place : layout.instruments) {
    if (place.kind == "camera" && camera_ == nullptr) continue;
    out += "\n[[instrument]]\nid = \"" + place.instrument.str() + "\"\nkind = \"" + place.kind + "\"\n";
    if (place.kind == "spectrometer" || place.kind == "gamma") {
      const auto port = place.kind == "gamma" ? gamma_->port() : spectra_->port();
      out += "driver = \"" + place.kind + "_stream\"\nhost = \"" + options_.address +
             "\"\nport = " + std::to_string(port) + "\n";
    } else if (place.kind == "camera") {
      // Large packets, as on a link that carries jumbo frames: fewer to handle. On loopback those that fill 8 KiB of
      // kernel memory and not a little more: until Aravis has seen a first frame its socket buffer is the system's
      // small one.
      out += "driver = \"gige_camera\"\naddress = \"" + options_.address +
             "\"\npacket_bytes = 7600\nmm_per_px = " + number(core_->scenario().camera.mm_per_px) + "\n";
    } else {
      out += "driver = \"plc\"\n";
    }
    out += "distance_m = " + number(place.distance.value) + "\nfield_length_m = " + number(place.field_length.value) +
           "\nsampling_distance_t = " + number(std::max(place.sampling_distance.value, 0.001)) + "\n";
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<ServedBerth>> ServedBerth::start(const Config& scenario, const std::string& data_folder,
                                                        const ServeOptions& options, Log& log) {
  auto core = BerthCore::make(scenario, data_folder);
  if (!core) return core.error();
  auto served = std::make_unique<Served>(std::move(*core), options, log);
  if (auto ok = served->open(); !ok) return ok.error();
  return std::unique_ptr<ServedBerth>(std::move(served));
}

}  // namespace beltwarden::twin
