#include "apps/beltwarden/demo.h"

#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

#include "api/api.h"
#include "apps/beltwarden/demo_clock.h"
#include "apps/beltwarden/demo_pack.h"
#include "apps/beltwarden/demo_people.h"
#include "apps/beltwarden/demo_report.h"
#include "apps/beltwarden/http_client.h"
#include "apps/beltwarden/resources.h"
#include "apps/beltwarden/scripted_officers.h"
#include "apps/beltwarden/stop_signal.h"
#include "apps/center/center.h"
#include "apps/site/command_receiver.h"
#include "apps/site/outbox.h"
#include "apps/site/packer.h"
#include "apps/site/site.h"
#include "base/config.h"
#include "base/file.h"
#include "pack/inspectors.h"
#include "science/sampling/plan.h"
#include "transport/in_process.h"
#include "twin/berth.h"

namespace beltwarden::app {
namespace {

namespace fs = std::filesystem;

// The twin waits while this many entries are on their way to the record: an accelerated run measures the pipeline, not
// the length of its queues.
constexpr std::uint64_t kMaxUnderway = 4000;
constexpr auto kBreath = std::chrono::milliseconds(2);

// A folder that goes when the run ends, unless the user named one.
class RunFolder {
 public:
  explicit RunFolder(fs::path named) : path_(std::move(named)), temporary_(path_.empty()) {
    if (!temporary_) return;
    std::string pattern = (fs::temp_directory_path() / "beltwarden-demo-XXXXXX").string();
    if (::mkdtemp(pattern.data())) path_ = pattern;
  }
  ~RunFolder() {
    std::error_code ignored;
    if (temporary_ && !path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool temporary_;
};

// Everything of one run, in the order in which it is built and, backwards, taken down.
class Demo {
 public:
  Demo(const DemoOptions& options, Log& log) : options_(options), log_(log), folder_(options.data_dir) {}

  Result<void> run() {
    for (const auto step : {&Demo::open_berth, &Demo::open_center, &Demo::open_site, &Demo::open_api}) {
      if (auto done = (this->*step)(); !done) return done;
    }
    if (auto declared = declare(); !declared) return declared;
    announce();
    if (options_.headless) officers_->start();
    feeder_ = std::thread([this] { feed(); });
    wait();
    ending_ = true;
    feeder_.join();
    officers_->stop();
    site_->drain();
    const bool complete = wait_for_center();
    auto written = complete ? write_report() : Result<void>(unavailable("the center did not take every entry in time"));
    api_->stop();
    center_->stop();
    commands_->stop();
    outbox_->stop();
    site_->stop();
    transport_.close();
    return written;
  }

 private:
  Result<void> open_berth() {
    fs::path scenario = options_.scenario;
    if (scenario.empty()) {
      auto found = find_resource("scenarios/demo.toml");
      if (!found) return found.error();
      scenario = *found;
    }
    scenario_name_ = scenario.stem().string();
    auto config = Config::load(scenario.string());
    if (!config) return config.error();
    scenario_ = std::make_unique<Config>(*config);
    auto berth = twin::Berth::create(*config, find_reference_data());
    if (!berth) return berth.error();
    berth_ = std::move(*berth);
    clock_ = std::make_unique<DemoClock>(berth_->now(), wall_);
    ship_start_ = berth_->now();
    std::error_code error;
    fs::create_directories(folder_.path(), error);
    if (error) return io_error("cannot make " + folder_.path().string() + ": " + error.message());
    return {};
  }

  Result<void> open_center() {
    auto pack = load_demo_pack(folder_.path() / "pack", *scenario_, find_reference_data(), log_);
    if (!pack) return pack.error();
    auto inspectors = pack::make_inspectors(*pack);
    if (!inspectors) return inspectors.error();
    inspectors_ = std::move(*inspectors);
    auto record = record::Record::open({"sqlite://" + fs::absolute(folder_.path() / "center.db").string(), folder_.path() / "evidence"},
                                       wall_, log_);
    if (!record) return record.error();
    record_ = std::move(*record);

    const auto layout = berth_->layout();
    control::ControlOptions options;
    options.site = layout.site;
    control::LineOptions line;
    line.line = layout.line;
    line.name = layout.line.str();
    line.feed_m = layout.feed_distance.value;
    for (const auto& place : layout.instruments) {
      line.instruments.push_back({place.instrument, place.kind, "twin", place.distance.value, place.sampling_distance.value});
      options.required_instruments.push_back(place.instrument);
    }
    options.lines.push_back(line);
    options.required_models = pack->required_models;
    // The ship's clock runs fast: a session must outlive a whole discharge.
    options.sessions.idle = seconds(400.0 * 24 * 3600);
    options.sessions.absolute = seconds(400.0 * 24 * 3600);
    auto control = control::Control::open(std::move(options), *record_, *clock_, log_);
    if (!control) return control.error();
    control_ = std::move(*control);
    center_ = std::make_unique<center::Center>(transport_.center_end(), *record_, *control_, layout.site, log_, wall_);
    people_ = demo_people(berth_->lot_plans());
    return add_people(*control_, people_);
  }

  Result<void> open_site() {
    site::SiteOptions options;
    options.layout = berth_->layout();
    options.journal_folder = folder_.path() / "journal";
    options.increment_interval = [](const material::LotPlan& plan) { return sampling::increment_interval(plan.declared_mass_t); };
    auto actuator = [this](const instruments::Order& order) -> Result<void> {
      std::lock_guard lock(berth_mutex_);
      berth_->order(order);
      return {};
    };
    auto site = site::Site::open(std::move(options), std::move(inspectors_), actuator, log_, wall_);
    if (!site) return site.error();
    site_ = std::move(*site);
    berth_->skip_to(site_->last_device_sequences());
    auto& end = transport_.site_end(berth_->layout().site);
    outbox_ = std::make_unique<site::Outbox>(site_->journal(), end, site::OutboxOptions{}, site::pack_for_center, log_, wall_);
    commands_ = std::make_unique<site::CommandReceiver>(end, *site_, log_);
    site_->start();
    outbox_->start();
    commands_->start();
    center_->start();
    return {};
  }

  Result<void> open_api() {
    auto ui = find_resource("ui/dist");
    if (!ui) log_.warning("the pages are not built (scripts/build.sh builds them): " + ui.error().message);
    api::ApiOptions options;
    options.server.port = options_.port;
    options.ui_folder = ui ? *ui : fs::path();
    options.clock_speed = options_.speed > 0 ? options_.speed : 1000;
    options.site = berth_->layout().site;
    for (const auto& p : berth_->provenance()) options.provenance.push_back({p.what, p.kind, p.source});
    auto api = api::Api::start(std::move(options), *control_, *record_, *clock_, log_);
    if (!api) return api.error();
    api_ = std::move(*api);
    officers_ = std::make_unique<ScriptedOfficers>(api_->port(), people_[0], people_[1], log_);
    return {};
  }

  // The demo's declarations come in as anyone's would: through the API, by a signed-in officer.
  Result<void> declare() {
    HttpClient client(api_->port());
    if (auto signed_in = client.sign_in(people_[0].user, people_[0].password); !signed_in) return signed_in;
    auto answer = client.post("/api/v1/declarations", boost::json::parse(berth_->declarations_json()));
    if (!answer) return answer.error();
    if (answer->status >= 300) return invalid_input("the scenario's declarations were refused: " + boost::json::serialize(answer->body));
    const auto deadline = wall_.monotonic() + seconds(30);
    for (const auto& plan : berth_->lot_plans()) {
      while (!site_->knows_lot(plan.lot)) {
        if (wall_.monotonic() > deadline) return unavailable("the site did not take the plan of lot " + plan.lot.str());
        std::this_thread::sleep_for(kBreath);
      }
    }
    return {};
  }

  void announce() {
    if (options_.headless) return;
    std::printf("\n  Beltwarden is running: http://127.0.0.1:%u\n\n", api_->port());
    for (const auto& person : people_) {
      std::printf("  %-12s sign in as %-12s password %s\n", person.role.c_str(), person.user.c_str(), person.password.c_str());
    }
    std::printf("\n");
    for (const auto& p : berth_->provenance()) std::printf("  %-8s %s: %s\n", p.what.c_str(), p.kind.c_str(), p.source.c_str());
    std::printf("\n  These accounts exist in the demo alone. Ctrl-C ends it.\n\n");
    std::fflush(stdout);
  }

  void feed() {
    const Duration wall_start = wall_.monotonic();
    Time ship_start{0};
    std::size_t ended = 0;
    while (!ending_ && !stop_.requested()) {
      std::optional<instruments::Output> output;
      std::vector<LotId> ended_lots;
      Time now;
      {
        std::lock_guard lock(berth_mutex_);
        output = berth_->next();
        now = berth_->now();
        ended_lots = berth_->ended_lots();
      }
      for (; ended < ended_lots.size(); ++ended) site_->end_of_lot(ended_lots[ended], now);
      if (!output) break;
      if (ship_start.ns == 0) ship_start = now;
      clock_->set(now);
      last_ship_time_ = now;
      if (options_.speed > 0) {
        const double due_s = (now - ship_start).seconds() / options_.speed;
        while (!ending_ && !stop_.requested() && (wall_.monotonic() - wall_start).seconds() < due_s) std::this_thread::sleep_for(kBreath);
      }
      while (!ending_ && underway() > kMaxUnderway) std::this_thread::sleep_for(kBreath);
      const Time received = wall_.now();
      std::visit([&](auto& item) { item.received = received; }, *output);
      if (!site_->submit(std::move(*output))) break;
    }
    ship_empty_ = true;
  }

  std::uint64_t underway() const { return site_->journal().last_sequence() - site_->journal().acknowledged(); }

  void wait() {
    while (!stop_.requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (options_.until_released && ship_empty_ && all_released()) return;
    }
  }

  bool all_released() const {
    const control::Actor reader{UserId("demo"), "demo", control::Role::kSupervisor, ""};
    const auto lots = control_->lots(reader);
    for (const auto& lot : lots) {
      if (lot.state != control::LotState::kReleased && lot.state != control::LotState::kRejected) return false;
    }
    return !lots.empty();
  }

  bool wait_for_center() {
    const auto deadline = wall_.monotonic() + seconds(60);
    while (underway() > 0) {
      if (wall_.monotonic() > deadline) return false;
      std::this_thread::sleep_for(kBreath);
    }
    return true;
  }

  Result<void> write_report() {
    if (options_.report.empty()) return {};
    DemoFigures figures;
    figures.scenario = scenario_name_;
    const auto counts = site_->counts();
    figures.observations = counts.observations;
    figures.refused = counts.refused;
    const auto receipt = record_->receipt(berth_->layout().site, site_->journal().epoch());
    figures.lost = site_->journal().last_sequence() - receipt.contiguous + center_->lost();
    figures.officer_actions = officers_->actions();
    figures.wall_s = (wall_.monotonic() - started_).seconds();
    figures.ship_s = (last_ship_time_ - ship_start_).seconds();
    const control::Actor reader{UserId("demo"), "demo", control::Role::kSupervisor, ""};
    for (const auto& lot : control_->lots(reader)) {
      if (!lot.released || !lot.ended) continue;
      figures.hours_last_tonne_to_release =
          std::max(figures.hours_last_tonne_to_release, (*lot.released - *lot.ended).seconds() / 3600);
    }
    auto report = demo_report(*berth_, *control_, *record_, figures);
    if (!report) return report.error();
    if (options_.report == "-") {
      std::fputs(report->c_str(), stdout);
      return {};
    }
    return write_file_atomically(options_.report, *report);
  }

  const DemoOptions& options_;
  Log& log_;
  SystemClock wall_;
  const Duration started_ = wall_.monotonic();
  StopSignal stop_;
  RunFolder folder_;
  std::string scenario_name_;
  std::unique_ptr<Config> scenario_;
  std::mutex berth_mutex_;
  std::unique_ptr<twin::Berth> berth_;
  Time ship_start_;
  std::atomic<Time> last_ship_time_{Time{0}};
  std::unique_ptr<DemoClock> clock_;
  std::vector<std::unique_ptr<inspect::Inspector>> inspectors_;
  std::vector<DemoUser> people_;
  transport::InProcessTransport transport_;
  std::unique_ptr<record::Record> record_;
  std::unique_ptr<control::Control> control_;
  std::unique_ptr<site::Site> site_;
  std::unique_ptr<site::Outbox> outbox_;
  std::unique_ptr<site::CommandReceiver> commands_;
  std::unique_ptr<center::Center> center_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<ScriptedOfficers> officers_;
  std::thread feeder_;
  std::atomic<bool> ending_{false}, ship_empty_{false};
};

}  // namespace

Result<void> run_demo(const DemoOptions& options, Log& log) {
  Demo demo(options, log);
  return demo.run();
}

}  // namespace beltwarden::app
