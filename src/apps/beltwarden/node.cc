#include "apps/beltwarden/node.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "apps/site/packer.h"
#include "base/thread_name.h"
#include "pack/inspectors.h"
#include "record/database_words.h"
#include "science/sampling/plan.h"

namespace beltwarden::app {
namespace {
constexpr auto kNodeBreath = std::chrono::milliseconds(2);
}  // namespace

Node::Node(NodeOptions options, const Clock& clock, const Clock& wall, Log& log)
    : options_(std::move(options)), clock_(clock), wall_(wall), log_(log) {}

Node::~Node() { stop(); }

Result<std::unique_ptr<Node>> Node::open(NodeOptions options, const pack::Pack& pack, site::Actuator actuator, const Clock& clock,
                                         const Clock& wall, Log& log) {
  std::error_code error;
  std::filesystem::create_directories(options.data_dir, error);
  if (error) return io_error("cannot make " + options.data_dir.string() + ": " + error.message());
  std::unique_ptr<Node> node(new Node(std::move(options), clock, wall, log));
  if (auto opened = node->open_center(pack); !opened) return opened.error();
  if (auto opened = node->open_pages(); !opened) return opened.error();
  if (auto opened = node->open_site(pack, std::move(actuator)); !opened) return opened.error();
  return node;
}

Result<void> Node::open_center(const pack::Pack& pack) {
  record::RecordOptions record_options;
  auto database = record::database_words(options_.database, options_.database_password_file, options_.data_dir);
  if (!database) return database.error();
  record_options.database = *database;
  record_options.evidence_folder = options_.data_dir / "evidence";
  auto record = record::Record::open(record_options, wall_, log_);
  if (!record) return record.error();
  record_ = std::move(*record);

  control::ControlOptions options;
  options.site = options_.layout.site;
  control::LineOptions line;
  line.line = options_.layout.line;
  line.name = options_.layout.line.str();
  line.feed_m = options_.layout.feed_distance.value;
  line.instruments = options_.instruments;
  for (const auto& place : options_.layout.instruments) line.belt_end_m = std::max(line.belt_end_m, place.distance.value + 20);
  options.lines.push_back(std::move(line));
  for (const auto& place : options_.layout.instruments) options.required_instruments.push_back(place.instrument);
  options.required_models = pack.required_models;
  options.sessions = options_.sessions;
  auto control = control::Control::open(std::move(options), *record_, clock_, log_);
  if (!control) return control.error();
  control_ = std::move(*control);
  center_ = std::make_unique<center::Center>(transport_.center_end(), *record_, *control_, options_.layout.site, log_, wall_);
  return {};
}

Result<void> Node::open_pages() {
  const ThreadsNamed name("api");
  auto options = options_.api;
  options.ready = false;
  auto api = api::Api::start(std::move(options), *control_, *record_, clock_, log_);
  if (!api) return api.error();
  api_ = std::move(*api);
  return {};
}

Result<void> Node::open_site(const pack::Pack& pack, site::Actuator actuator) {
  auto inspectors = pack::make_inspectors(pack);
  if (!inspectors) return inspectors.error();
  auto camera = pack::camera_models(pack);
  if (!camera) return camera.error();
  site::SiteOptions options;
  options.layout = options_.layout;
  options.rim = {std::move(camera->networks), std::move(camera->appearances)};
  options.skip_late_frames = options_.skip_late_frames;
  options.journal_folder = options_.data_dir / "journal";
  for (const auto& receipt : record_->receipts()) {
    if (receipt.site == options_.layout.site) options.least_epoch = std::max(options.least_epoch, receipt.epoch + 1);
  }
  options.retention = options_.retention;
  options.reading = [this, told = false](double share) mutable {
    api_->reading(share);
    if (!std::exchange(told, true) && share < 1) {
      log_.info("the journal is being read: http://" + options_.api.server.address + ":" + std::to_string(api_->port()) + " says how far");
    }
  };
  options.increment_interval = [](const material::LotPlan& plan) {
    return sampling::increment_interval(plan.commodity, Tonnes{plan.declared_mass_t});
  };
  const ThreadsNamed name("journal");
  auto site = site::Site::open(std::move(options), std::move(*inspectors), std::move(actuator), log_, wall_);
  if (!site) return site.error();
  site_ = std::move(*site);
  auto& end = transport_.site_end(options_.layout.site);
  outbox_ = std::make_unique<site::Outbox>(site_->journal(), end, site::OutboxOptions{}, site::pack_for_center, log_, wall_);
  commands_ = std::make_unique<site::CommandReceiver>(end, *site_, log_);
  return {};
}

Result<void> Node::start() {
  started_ = true;
  site_->start();
  {
    const ThreadsNamed name("outbox");
    outbox_->start();
    commands_->start();
  }
  {
    const ThreadsNamed name("center");
    center_->start();
  }
  api_->ready();
  return {};
}

bool Node::stop() {
  if (!started_) return true;
  started_ = false;
  site_->stop_soon();
  site_->drain();
  const bool complete = !site_->abandoned() && wait_for_center(seconds(60));
  if (api_) api_->stop();
  commands_->stop();
  center_->stop();
  outbox_->stop();
  site_->stop();
  transport_.close();
  return complete;
}

std::uint64_t Node::underway() const { return site_->journal().last_sequence() - site_->journal().acknowledged(); }

bool Node::wait_for_center(Duration timeout) {
  const Duration deadline = wall_.monotonic() + timeout;
  while (underway() > 0) {
    if (wall_.monotonic() > deadline) return false;
    std::this_thread::sleep_for(kNodeBreath);
  }
  return true;
}

}  // namespace beltwarden::app
