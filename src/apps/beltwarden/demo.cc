#include "apps/beltwarden/demo.h"

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>

#include "apps/beltwarden/demo_clock.h"
#include "apps/beltwarden/demo_pack.h"
#include "apps/beltwarden/demo_people.h"
#include "apps/beltwarden/demo_report.h"
#include "apps/beltwarden/http_client.h"
#include "apps/beltwarden/node.h"
#include "apps/beltwarden/release_watch.h"
#include "apps/beltwarden/resources.h"
#include "apps/beltwarden/scripted_officers.h"
#include "apps/beltwarden/stop_signal.h"
#include "base/config.h"
#include "base/file.h"
#include "twin/berth.h"

namespace beltwarden::app {
namespace {

namespace fs = std::filesystem;

// An accelerated twin waits for the pipeline: while this many entries are on their way to the record, and while the line is
// this far behind the ship's clock. Otherwise the run would measure the length of its queues, and an order to the cutter
// would reach it when its tonnes are gone.
constexpr std::uint64_t kMaxUnderway = 2000;
constexpr Duration kMaxBehind = seconds(12);  // less than the belt takes from the cutter's mark to the last slice's end
constexpr Duration kPatience = seconds(60);   // without any change of any lot; scripted officers look twice a second
constexpr auto kBreath = std::chrono::microseconds(200);
const control::Actor kReader{UserId("demo"), "demo", control::Role::kSupervisor, ""};

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

class Demo {
 public:
  Demo(const DemoOptions& options, Log& log) : options_(options), log_(log), folder_(options.data_dir) {}

  Result<void> run() {
    for (const auto step : {&Demo::open_berth, &Demo::open_node, &Demo::declare}) {
      if (auto done = (this->*step)(); !done) return done;
    }
    announce();
    if (options_.headless) officers_->start();
    feeder_ = std::thread([this] { feed(); });
    const auto ended = wait();
    ending_ = true;
    node_->site().stop_soon();   // the feeder may wait for a line that waits for its disk
    feeder_.join();
    officers_->stop();
    node_->site().drain();
    const bool complete = node_->wait_for_center(seconds(60));
    auto written = complete ? write_report() : Result<void>(unavailable("the center did not take every entry in time"));
    node_->stop();
    return ended ? written : ended;
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
    scenario_.emplace(std::move(*config));
    auto berth = twin::Berth::create(*scenario_, find_reference_data());
    if (!berth) return berth.error();
    berth_ = std::move(*berth);
    ship_start_ = berth_->now();
    clock_ = std::make_unique<DemoClock>(ship_start_, wall_);
    std::error_code error;
    fs::create_directories(folder_.path(), error);
    if (error) return io_error("cannot make " + folder_.path().string() + ": " + error.message());
    return {};
  }

  Result<void> open_node() {
    auto pack = load_demo_pack(folder_.path() / "pack", *scenario_, find_reference_data(), log_);
    if (!pack) return pack.error();
    NodeOptions options;
    options.layout = berth_->layout();
    options.data_dir = folder_.path();
    for (const auto& place : options.layout.instruments) {
      options.instruments.push_back({place.instrument, place.kind, "twin", place.distance.value, place.sampling_distance.value});
    }
    // The ship's clock runs fast: a session must outlive a whole discharge.
    options.sessions.idle = options.sessions.absolute = seconds(400.0 * 24 * 3600);
    options.api.server.port = options_.port;
    options.api.site = options.layout.site;
    options.api.clock_speed = options_.speed > 0 ? options_.speed : 1000;
    auto ui = find_resource("ui/dist");
    if (ui) {
      options.api.ui_folder = *ui;
    } else if (!options_.headless) {
      log_.warning("the pages are not built (scripts/build.sh builds them): " + ui.error().message);
    }
    for (const auto& p : berth_->provenance()) options.api.provenance.push_back({p.what, p.kind, p.source});
    auto actuator = [this](const instruments::Order& order) -> Result<void> {
      std::lock_guard lock(berth_mutex_);
      berth_->order(order);
      return {};
    };
    auto node = Node::open(std::move(options), *pack, actuator, *clock_, wall_, log_);
    if (!node) return node.error();
    node_ = std::move(*node);
    berth_->skip_to(node_->site().last_device_sequences());
    people_ = demo_people(berth_->lot_plans());
    if (auto added = add_people(node_->control(), people_); !added) return added;
    if (auto started = node_->start(); !started) return started;
    officers_ = std::make_unique<ScriptedOfficers>(node_->api().port(), people_[0], people_[1], log_);
    return {};
  }

  // The demo's declarations come in as anyone's would: through the API, by a signed-in officer.
  Result<void> declare() {
    HttpClient client(node_->api().port());
    if (auto signed_in = client.sign_in(people_[0].user, people_[0].password); !signed_in) return signed_in;
    auto answer = client.post("/api/v1/declarations", boost::json::parse(berth_->declarations_json()));
    if (!answer) return answer.error();
    // A run that goes on has them already, and a lot that is discharging refuses to be declared anew.
    if (answer->status >= 300 && answer->status != 409) {
      return invalid_input("the scenario's declarations were refused: " + boost::json::serialize(answer->body));
    }
    const Duration deadline = wall_.monotonic() + seconds(30);
    for (const auto& plan : berth_->lot_plans()) {
      while (!node_->site().knows_lot(plan.lot)) {
        if (wall_.monotonic() > deadline) return unavailable("the site did not take the plan of lot " + plan.lot.str());
        std::this_thread::sleep_for(kBreath);
      }
    }
    return {};
  }

  void announce() {
    if (options_.headless) return;
    std::printf("\n  Beltwarden is running: http://127.0.0.1:%u\n\n", node_->api().port());
    for (const auto& person : people_) {
      std::printf("  %-11s sign in as %-11s password %s\n", person.role.c_str(), person.user.c_str(), person.password.c_str());
    }
    std::printf("\n");
    for (const auto& p : berth_->provenance()) std::printf("  %-8s %s: %s\n", p.what.c_str(), p.kind.c_str(), p.source.c_str());
    std::printf("\n  These accounts exist in the demo alone. Ctrl-C ends it.\n\n");
    std::fflush(stdout);
  }

  // Hands the berth's readings to the site, paced, until the ship is empty.
  void feed() {
    const Duration wall_start = wall_.monotonic();
    std::optional<Time> first;
    std::size_t ended = 0;
    bool owed = false;
    for (;;) {
      std::optional<instruments::Output> output;
      std::vector<LotId> ended_lots;
      Time now;
      {
        std::lock_guard lock(berth_mutex_);
        output = berth_->next();
        now = berth_->now();
        ended_lots = berth_->ended_lots();
      }
      // A lot's end is told after what its tonnes had to say.
      const auto tell_ends = [&] {
        for (; ended < ended_lots.size(); ++ended) node_->site().end_of_lot(ended_lots[ended], now);
      };
      if (!output) {
        // The line may still owe the cutter an order for the last tonnes, and the cutter its answer.
        if (owed) {
          tell_ends();
          break;
        }
        owed = true;
        node_->site().drain();
        continue;
      }
      if (!first) first = fed_from_ = now;
      clock_->set(now);
      last_ship_time_ns_ = now.ns;
      const double due_s = options_.speed > 0 ? (now - *first).seconds() / options_.speed : 0;
      while (!over() && ((wall_.monotonic() - wall_start).seconds() < due_s || pipeline_is_behind(now))) {
        std::this_thread::sleep_for(kBreath);
      }
      if (over()) return;
      const Time received = wall_.now();
      std::visit([&](auto& item) { item.received = received; }, *output);
      if (!node_->site().submit(std::move(*output))) {
        feed_broken_ = !over();
        return;
      }
      tell_ends();
    }
    ship_empty_ = true;
  }

  bool pipeline_is_behind(Time now) const {
    const Time done = std::max(node_->site().processed_until(), fed_from_);
    return node_->underway() > kMaxUnderway || now - done > kMaxBehind;
  }

  bool over() const { return ending_ || stop_.requested(); }

  Result<void> wait() {
    ReleaseWatch watch(kPatience);
    while (!stop_.requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (!options_.until_released) continue;
      if (feed_broken_) return unavailable("the line took no more readings before the ship was empty");
      if (options_.headless) {
        if (auto acting = officers_->acting(); !acting) return acting.error().within("scripted officers");
      }
      if (!ship_empty_) continue;
      const auto lots = node_->control().lots(kReader);
      const auto standing = watch.look(lots, wall_.monotonic());
      if (standing == ReleaseWatch::Standing::kCleared) return {};
      // A person may take as long as they like.
      if (standing == ReleaseWatch::Standing::kStuck && options_.headless) {
        return unavailable("not every lot was cleared, and nothing has changed for " + std::to_string(std::lround(kPatience.seconds())) +
                           " s: " + ReleaseWatch::what_blocks(lots));
      }
    }
    return {};
  }

  Result<void> write_report() {
    if (options_.report.empty()) return {};
    DemoFigures figures;
    figures.scenario = scenario_name_;
    const auto counts = node_->site().counts();
    figures.observations = counts.observations;
    figures.refused = counts.refused;
    const auto& journal = node_->site().journal();
    const auto receipt = node_->record().receipt(berth_->layout().site, journal.epoch());
    figures.lost = journal.last_sequence() - receipt.contiguous + node_->center().lost();
    figures.officer_actions = officers_->actions();
    figures.wall_s = (wall_.monotonic() - started_).seconds();
    figures.ship_s = (Time{last_ship_time_ns_} - ship_start_).seconds();
    for (const auto& lot : node_->control().lots(kReader)) {
      if (!lot.released || !lot.ended) continue;
      figures.hours_last_tonne_to_release =
          std::max(figures.hours_last_tonne_to_release, (*lot.released - *lot.ended).seconds() / 3600);
    }
    auto report = demo_report(*berth_, node_->control(), node_->record(), figures);
    if (!report) return report.error();
    if (options_.report != "-") return write_file_atomically(options_.report, *report);
    std::fputs(report->c_str(), stdout);
    return {};
  }

  const DemoOptions& options_;
  Log& log_;
  SystemClock wall_;
  const Duration started_ = wall_.monotonic();
  StopSignal stop_;
  RunFolder folder_;
  std::string scenario_name_;
  std::optional<Config> scenario_;
  std::mutex berth_mutex_;
  std::unique_ptr<twin::Berth> berth_;
  Time ship_start_;
  Time fed_from_;                            // the feeder's own: where this run began
  std::unique_ptr<DemoClock> clock_;
  std::vector<DemoUser> people_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<ScriptedOfficers> officers_;
  std::thread feeder_;
  std::atomic<std::int64_t> last_ship_time_ns_{0};
  std::atomic<bool> ending_{false}, ship_empty_{false}, feed_broken_{false};
};

}  // namespace

Result<void> run_demo(const DemoOptions& options, Log& log) {
  Demo demo(options, log);
  return demo.run();
}

}  // namespace beltwarden::app
