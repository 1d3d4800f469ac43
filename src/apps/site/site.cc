#include "apps/site/site.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "base/thread_name.h"
#include "formats/picture.h"
#include "journal/reader.h"
#include "wire/codec.h"

namespace beltwarden::site {
namespace {

// Taken in one go: bounds how long a batch may keep its first reading waiting.
constexpr std::size_t kBatch = 512;
constexpr auto kIdle = std::chrono::milliseconds(50);
constexpr int kJpegQuality = 85;
constexpr auto kRetryPause = std::chrono::milliseconds(500);

journal::EntryKind kind_of(const material::Observation& observation) {
  return std::holds_alternative<material::CommandTaken>(observation.payload) ? journal::EntryKind::kCommand
                                                                             : journal::EntryKind::kObservation;
}

std::map<InstrumentId, std::string> kinds_of(const material::LineLayout& layout) {
  std::map<InstrumentId, std::string> kinds;
  for (const auto& place : layout.instruments) kinds[place.instrument] = place.kind;
  return kinds;
}

}  // namespace

Site::Site(SiteOptions options, std::vector<std::unique_ptr<inspect::Inspector>> inspectors, Actuator actuator, Log& log,
           const Clock& clock)
    : options_(std::move(options)),
      host_(options_.layout.line, kinds_of(options_.layout), std::move(inspectors)),
      actuator_(std::move(actuator)),
      log_(log),
      clock_(clock),
      tracker_(options_.layout),
      scheduler_(options_.layout, options_.increment_interval),
      ring_(options_.ring_bytes),
      to_rim_(options_.queue),
      to_line_(options_.queue) {}

Result<std::unique_ptr<Site>> Site::open(SiteOptions options, std::vector<std::unique_ptr<inspect::Inspector>> inspectors,
                                         Actuator actuator, Log& log, const Clock& clock) {
  journal::Options journal_options;
  journal_options.folder = options.journal_folder;
  journal_options.site = options.layout.site;
  auto journal = journal::Journal::open(journal_options, log, clock);
  if (!journal) return journal.error();
  std::unique_ptr<Site> site(new Site(std::move(options), std::move(inspectors), std::move(actuator), log, clock));
  site->journal_ = std::move(*journal);
  if (auto restored = site->restore(); !restored) return restored.error();
  return site;
}

Site::~Site() { stop(); }

Result<void> Site::restore() {
  auto reader = journal::Reader::open(options_.journal_folder);
  if (!reader) return journal_->last_sequence() == 0 ? Result<void>() : reader.error();

  // What the models said before, by the observation that made them say it.
  std::set<std::pair<std::uint64_t, std::uint32_t>> findings_written;
  std::set<std::string> reports_written;
  std::optional<material::Observation> last_belt;
  std::vector<std::pair<material::Observation, inspect::Outcome>> outcomes;
  for (;;) {
    auto entry = reader->next();
    if (!entry) return entry.error();
    if (!*entry) break;
    const journal::Entry& e = **entry;
    if (e.kind == journal::EntryKind::kFinding) {
      auto finding = wire::decode_finding(e.payload);
      if (!finding) return finding.error().within("journal entry " + to_string(e.id));
      findings_written.emplace(finding->cause.sequence, finding->ordinal);
      ++findings_;
    } else if (e.kind == journal::EntryKind::kSlice) {
      auto report = wire::decode_slice_report(e.payload);
      if (!report) return report.error().within("journal entry " + to_string(e.id));
      reports_written.insert(report_key(*report));
    } else if (e.kind == journal::EntryKind::kObservation || e.kind == journal::EntryKind::kCommand) {
      auto observation = wire::decode_observation(e.payload);
      if (!observation) return observation.error().within("journal entry " + to_string(e.id));
      observation->id = e.id;
      note_restored(*observation);
      if (std::holds_alternative<material::BeltReading>(observation->payload)) last_belt = *observation;
      auto outcome = host_.observe(*observation);
      ++observations_;
      if (!outcome.findings.empty() || outcome.report) outcomes.emplace_back(std::move(*observation), std::move(outcome));
    }
  }
  for (auto& [observation, outcome] : outcomes) {
    std::erase_if(outcome.findings, [&](const wire::Finding& finding) {
      return findings_written.contains({finding.cause.sequence, finding.ordinal});
    });
    if (outcome.report && reports_written.contains(report_key(*outcome.report))) outcome.report.reset();
    write(outcome);
  }
  // Marks that reached the cutter just before the end: their orders may not have been written.
  std::vector<material::Observation> late;
  if (last_belt) {
    for (const auto& cut : scheduler_.observe(*last_belt, tracker_)) {
      unanswered_cuts_[cut.order.command_id] = cut.order;
      late.push_back(cut_observation(cut, *last_belt));
    }
  }
  if (!late.empty()) journal_and_inspect(std::move(late));
  return journal_->commit();
}

std::string Site::report_key(const wire::SliceReport& report) {
  return report.slice.lot.str() + "@" + std::to_string(report.slice.tonnes.from.value);
}

void Site::note_restored(const material::Observation& observation) {
  tracker_.restore(observation);
  if (const auto* taken = std::get_if<material::CommandTaken>(&observation.payload)) {
    commands_taken_.insert(taken->command_id);
    scheduler_.restore(*taken);
    if (taken->kind == "cut") unanswered_cuts_[taken->command_id] = {taken->command_id, increment_of(*taken), observation.time};
  } else if (const auto* cut = std::get_if<material::CutterReading>(&observation.payload)) {
    unanswered_cuts_.erase(cut->command_id);
  } else if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    scheduler_.observe(observation, tracker_);
    remember_lot(plan->lot);
  }
}

void Site::remember_lot(const LotId& lot) {
  std::lock_guard lock(lots_mutex_);
  known_lots_.insert(lot);
}

bool Site::knows_lot(const LotId& lot) const {
  std::lock_guard lock(lots_mutex_);
  return known_lots_.contains(lot);
}

void Site::start() {
  // An order that a crash cut off from its answer is given once more: an increment too many is better than one too few, and
  // its own tonnes are stamped when the cutter answers.
  for (const auto& [id, order] : unanswered_cuts_) {
    if (auto ordered = actuator_(order); !ordered) log_.warn_once("sampler", "cutter order not sent: " + ordered.error().message);
  }
  unanswered_cuts_.clear();
  {
    const ThreadsNamed name("rim");
    rim_thread_ = std::thread([this] { run_rim(); });
  }
  const ThreadsNamed name("line");
  line_thread_ = std::thread([this] { run_line(); });
}

void Site::stop() {
  to_rim_.close();
  if (rim_thread_.joinable()) rim_thread_.join();
  to_line_.close();
  if (line_thread_.joinable()) line_thread_.join();
  if (journal_) (void)journal_->commit();
}

bool Site::submit(instruments::Output output) {
  ++outputs_;
  return to_rim_.push(std::move(output));
}

bool Site::command(wire::SiteCommand command) { return to_rim_.push(std::move(command)); }

bool Site::end_of_lot(LotId lot, Time time) { return to_rim_.push(EndOfLot{std::move(lot), time}); }

void Site::drain() {
  Barrier barrier{std::make_shared<std::promise<void>>()};
  auto passed = barrier.passed->get_future();
  if (to_rim_.push(std::move(barrier))) passed.wait();
}

std::vector<std::pair<InstrumentId, std::uint64_t>> Site::last_device_sequences() const {
  std::vector<std::pair<InstrumentId, std::uint64_t>> last;
  last.emplace_back(options_.layout.plc, tracker_.last_device_sequence(options_.layout.plc));
  for (const auto& place : options_.layout.instruments) {
    if (place.instrument != options_.layout.plc) {
      last.emplace_back(place.instrument, tracker_.last_device_sequence(place.instrument));
    }
  }
  return last;
}

SiteCounts Site::counts() const { return {outputs_, observations_, findings_, refused_}; }

void Site::run_rim() {
  for (;;) {
    auto item = to_rim_.pop();
    if (!item) return;
    if (auto* output = std::get_if<instruments::Output>(&*item)) {
      if (auto* frame = std::get_if<instruments::RawFrame>(output)) {
        auto reading = rim_.measure(*frame);
        if (!reading) {
          ++refused_;
          log_.warn_once("frame of " + frame->instrument.str(), reading.error().message);
          continue;
        }
        ring_.add(std::move(*frame));
        *output = std::move(*reading);
      }
    }
    if (!to_line_.push(std::move(*item))) return;
  }
}

void Site::run_line() {
  while (!to_line_.closed_and_drained()) {
    std::vector<material::Observation> observations;
    std::vector<std::shared_ptr<std::promise<void>>> barriers;
    std::int64_t newest_ns = 0;
    for (auto& item : to_line_.pop_some(kBatch, kIdle)) {
      if (const auto* output = std::get_if<instruments::Output>(&item)) {
        newest_ns = std::max(newest_ns, std::get<material::Reading>(*output).time.ns);
      }
      if (auto* barrier = std::get_if<Barrier>(&item)) {
        barriers.push_back(barrier->passed);
      } else {
        take(std::move(item), observations);
      }
    }
    for (const auto& note : tracker_.take_notes()) log_.warn_once("line: " + std::to_string(static_cast<int>(note.kind)), note.message);
    if (!observations.empty()) journal_and_inspect(std::move(observations));
    if (newest_ns > 0) processed_ns_ = newest_ns;
    for (const auto& barrier : barriers) {
      (void)journal_->commit();
      barrier->set_value();
    }
  }
}

void Site::take(Item item, std::vector<material::Observation>& observations) {
  if (auto* output = std::get_if<instruments::Output>(&item)) {
    keep(tracker_.take(std::get<material::Reading>(*output)), observations);
  } else if (auto* command = std::get_if<wire::SiteCommand>(&item)) {
    take_command(*command, observations);
  } else if (auto* end = std::get_if<EndOfLot>(&item)) {
    keep(tracker_.end_of_lot(end->lot, end->time), observations);
  }
}

void Site::keep(std::vector<material::Observation> stamped, std::vector<material::Observation>& observations) {
  for (auto& observation : stamped) {
    const auto cuts = scheduler_.observe(observation, tracker_);
    for (const auto& cut : cuts) {
      if (auto ordered = actuator_(cut.order); !ordered) {
        log_.warn_once("sampler", "cutter order not sent: " + ordered.error().message);
      }
    }
    const std::size_t cause = observations.size();
    observations.push_back(std::move(observation));
    for (const auto& cut : cuts) observations.push_back(cut_observation(cut, observations[cause]));
  }
}

material::Observation Site::cut_observation(const IncrementScheduler::Cut& cut, const material::Observation& cause) const {
  material::Observation taken;
  taken.line = options_.layout.line;
  taken.time = cause.time;
  taken.received = cause.received;
  taken.intervals = {{cut.lot, {cut.mark, cut.mark}}};
  taken.payload = cut_taken(cut);
  return taken;
}

void Site::take_command(const wire::SiteCommand& command, std::vector<material::Observation>& observations) {
  if (!commands_taken_.insert(command.id).second) return;  // at-least-once delivery repeats itself
  material::CommandTaken taken{command.id, "", command.requested_by, ""};
  if (const auto* plan = std::get_if<material::LotPlan>(&command.order)) {
    taken.kind = "plan";
    taken.detail = plan->lot.str();
    auto planned = tracker_.plan(*plan, command.time);
    scheduler_.observe(planned, tracker_);
    observations.push_back(std::move(planned));
    remember_lot(plan->lot);
  } else if (const auto* sample = std::get_if<wire::OrderSample>(&command.order)) {
    taken.kind = "order_sample";
    taken.detail = sample->where.lot.str();
    scheduler_.order(command.id, sample->where, command.requested_by);
  } else if (const auto* stop = std::get_if<wire::RequestStop>(&command.order)) {
    taken.kind = "request_stop";
    taken.detail = stop->reason;
    if (auto asked = actuator_(instruments::StopOrder{command.id, stop->reason}); !asked) {
      log_.warning("stop request " + command.id + " not sent: " + asked.error().message);
    }
  } else if (const auto* end = std::get_if<wire::EndLot>(&command.order)) {
    // Not kEndOfLot: that entry is the tracker's own, and a restart ends the lot by it.
    taken.kind = "end_lot";
    taken.detail = end->lot.str();
    keep(tracker_.end_of_lot(end->lot, command.time), observations);
  }
  material::Observation observation;
  observation.line = options_.layout.line;
  observation.time = command.time;
  observation.received = clock_.now();
  observation.payload = std::move(taken);
  observations.push_back(std::move(observation));
}

std::uint64_t Site::append(journal::EntryKind kind, Time time, const std::string& payload) {
  // A full disk holds the line up here, and the instruments' queues behind it; nothing is judged that was not written.
  for (;;) {
    auto sequence = journal_->append(kind, time, payload);
    if (sequence) return *sequence;
    log_.error("journal: " + sequence.error().message + "; waiting");
    std::this_thread::sleep_for(kRetryPause);
  }
}

void Site::journal_and_inspect(std::vector<material::Observation> observations) {
  std::uint64_t last = 0;
  for (auto& observation : observations) {
    last = append(kind_of(observation), observation.time, wire::encode(observation));
    observation.id = {options_.layout.site, journal_->epoch(), last};
  }
  while (!journal_->wait_durable(last)) {
    log_.warn_once("journal not durable", "journal: entries are not on disk yet; waiting");
    std::this_thread::sleep_for(kRetryPause);
  }
  observations_ += observations.size();
  for (const auto& observation : observations) {
    write(host_.observe(observation));
    if (std::holds_alternative<material::FrameReading>(observation.payload)) archive(observation);
  }
}

void Site::write(const inspect::Outcome& outcome) {
  for (const auto& finding : outcome.findings) {
    // The picture first: a kill between the two repeats the finding from the journal, but the ring of pixels is gone.
    pin_evidence(finding);
    append(journal::EntryKind::kFinding, finding.time, wire::encode(finding));
    ++findings_;
  }
  if (outcome.report) append(journal::EntryKind::kSlice, outcome.report->last, wire::encode(*outcome.report));
}

void Site::pin_evidence(const wire::Finding& finding) {
  for (const auto& evidence : finding.evidence) {
    if (evidence.kind != "frame") continue;
    const auto frame = ring_.find(evidence.instrument, evidence.frame_number);
    if (frame) {
      pin_frame(*frame, finding.where);
    } else {
      log_.warn_once("evidence", "the picture of a finding had left the ring before it could be pinned");
    }
  }
}

void Site::archive(const material::Observation& observation) {
  if (observation.intervals.empty()) return;
  const auto& where = observation.intervals.front();
  double& next = next_archive_t_[observation.instrument.str() + "|" + where.lot.str()];
  if (where.tonnes.to.value < next) return;
  next = where.tonnes.to.value + options_.archive_every.value;
  const auto& reading = std::get<material::FrameReading>(observation.payload);
  if (const auto frame = ring_.find(observation.instrument, reading.frame_number)) pin_frame(*frame, where);
}

void Site::pin_frame(const instruments::RawFrame& frame, const material::LotInterval& where) {
  auto jpeg = formats::encode_jpeg({frame.bgr.data(), frame.width_px, frame.height_px, 3, std::size_t{3} * frame.width_px},
                                   kJpegQuality);
  if (!jpeg) {
    log_.warn_once("evidence", "a picture could not be encoded: " + jpeg.error().message);
    return;
  }
  wire::EvidenceBlob blob;
  blob.digest = sha256(*jpeg);
  blob.media_type = "image/jpeg";
  blob.bytes = std::move(*jpeg);
  blob.frame_digest = sha256({reinterpret_cast<const char*>(frame.bgr.data()), frame.bgr.size()});
  blob.instrument = frame.instrument;
  blob.frame_number = frame.frame_number;
  blob.where = where;
  append(journal::EntryKind::kEvidence, frame.time, wire::encode(blob));
}

}  // namespace beltwarden::site
