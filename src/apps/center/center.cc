#include "apps/center/center.h"

#include <chrono>
#include <set>
#include <utility>

#include "journal/entry.h"
#include "wire/codec.h"

namespace beltwarden::center {
namespace {

constexpr std::size_t kBatch = 4096;
constexpr auto kRetryPause = std::chrono::milliseconds(500);

template <class T>
void fill(record::IntakeEntry& entry, Result<T> decoded) {
  if (decoded) {
    entry.content = std::move(*decoded);
  } else {
    entry.content = record::Unreadable{decoded.error().message};
  }
}

record::IntakeEntry decode(const transport::Envelope& envelope) {
  record::IntakeEntry entry{envelope.id, envelope.time, envelope.received, record::Unreadable{}};
  switch (static_cast<journal::EntryKind>(envelope.kind)) {
    case journal::EntryKind::kObservation:
    case journal::EntryKind::kCommand: {
      auto observation = wire::decode_observation(envelope.payload);
      if (observation) observation->id = envelope.id;
      fill(entry, std::move(observation));
      break;
    }
    case journal::EntryKind::kFinding: fill(entry, wire::decode_finding(envelope.payload)); break;
    case journal::EntryKind::kSlice: fill(entry, wire::decode_slice_report(envelope.payload)); break;
    case journal::EntryKind::kEvidence: fill(entry, wire::decode_evidence(envelope.payload)); break;
    default:
      entry.content = record::Unreadable{"an entry of kind " + std::to_string(envelope.kind) + ", unknown to this version"};
  }
  return entry;
}

}  // namespace

Center::Center(transport::CenterEnd& sites, record::Record& record, control::Control& control, const SiteId& site, Log& log,
               const Clock& wall)
    : sites_(sites), record_(record), control_(control), site_(site), log_(log), wall_(wall) {
  for (const auto& receipt : record_.receipts()) sequences_.resume(receipt.site, receipt.epoch, receipt.contiguous);
}

Center::~Center() { stop(); }

void Center::start() {
  control_.set_command_sink([this](const wire::SiteCommand& command) { return send(command); });
  thread_ = std::thread([this] { run(); });
}

void Center::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

Result<void> Center::send(const wire::SiteCommand& command) {
  return sites_.send_command({command.id, site_, command.line, command.time, wire::encode(command)});
}

void Center::resend_commands() {
  for (const auto& command : control_.pending_commands()) {
    if (auto sent = send(command); !sent) log_.warn_once("command", "command " + command.id + " waits: " + sent.error().message);
  }
}

void Center::run() {
  Duration next_tick = wall_.monotonic();
  while (!stopping_) {
    auto arrived = sites_.receive(kBatch, milliseconds(50));
    if (!arrived.empty()) take(std::move(arrived));
    const Duration now = wall_.monotonic();
    for (const auto& repair : sequences_.due_repairs(now)) {
      log_.warn_once("gap of " + repair.site.str(), "entries " + std::to_string(repair.from) + " to " +
                                                        std::to_string(repair.to) + " of " + repair.site.str() +
                                                        " are missing: asking the site for them");
      (void)sites_.request_repair(repair);
    }
    if (now >= next_tick) {
      next_tick = now + seconds(1);
      if (auto ticked = control_.tick(); !ticked) log_.warn_once("tick", ticked.error().message);
      resend_commands();
    }
  }
}

void Center::take(std::vector<transport::Envelope> arrived) {
  std::set<std::pair<SiteId, std::uint64_t>> streams;
  for (const auto& envelope : arrived) streams.emplace(envelope.id.site, envelope.id.epoch);
  const auto in_order = sequences_.take(std::move(arrived), wall_.monotonic());
  for (const auto& stretch : sequences_.take_lost()) {
    lost_ += stretch.to - stretch.from + 1;
    log_.error("entries " + std::to_string(stretch.from) + " to " + std::to_string(stretch.to) + " of " + stretch.site.str() +
               " are gone: the site no longer keeps them");
  }
  if (!in_order.empty()) {
    record::IntakeBatch batch;
    batch.entries.reserve(in_order.size());
    for (const auto& envelope : in_order) batch.entries.push_back(decode(envelope));
    for (;;) {
      auto taken = control_.intake(batch);
      if (taken) {
        recorded_ += taken->fresh;
        duplicates_ += taken->duplicates;
        break;
      }
      // Nothing is acknowledged that is not recorded; the site keeps what waits.
      log_.error("record: " + taken.error().message + "; trying again");
      if (stopping_) return;
      std::this_thread::sleep_for(kRetryPause);
    }
  }
  for (const auto& [site, epoch] : streams) (void)sites_.acknowledge(site, epoch, sequences_.contiguous(site, epoch));
}

}  // namespace beltwarden::center
