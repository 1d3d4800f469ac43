#include "apps/site/site.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "apps/site/frame_evidence.h"
#include "base/thread_name.h"
#include "material/line_notes.h"
#include "wire/codec.h"

namespace beltwarden::site {
namespace {

// Taken in one go: bounds how long a batch may keep its first reading waiting.
constexpr std::size_t kBatch = 512;
constexpr std::size_t kAtRim = 32;   // what waits for pictures being measured; pictures among it are in memory beside the ring
constexpr auto kSiteIdle = std::chrono::milliseconds(50);
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
      rim_(std::move(options_.rim), options_.rims, options_.lanes),
      to_rim_(options_.queue),
      to_line_(options_.queue),
      at_rim_(kAtRim),
      needs_(options_.renew_plans_after) {}

Result<std::unique_ptr<Site>> Site::open(SiteOptions options, std::vector<std::unique_ptr<inspect::Inspector>> inspectors,
                                         Actuator actuator, Log& log, const Clock& clock) {
  journal::Options journal_options;
  journal_options.folder = options.journal_folder;
  journal_options.site = options.layout.site;
  journal_options.retention = options.retention;
  journal_options.segment_bytes = options.segment_bytes;
  journal_options.least_epoch = options.least_epoch;
  journal_options.keep_from = 0;       // until the journal has been read
  auto journal = journal::Journal::open(journal_options, log, clock);
  if (!journal) return journal.error();
  std::unique_ptr<Site> site(new Site(std::move(options), std::move(inspectors), std::move(actuator), log, clock));
  site->journal_ = std::move(*journal);
  if (auto restored = site->restore(); !restored) return restored.error();
  return site;
}

Site::~Site() { stop(); }

void Site::remember_lot(const LotId& lot) {
  std::lock_guard lock(lots_mutex_);
  known_lots_.insert(lot);
}

bool Site::knows_lot(const LotId& lot) const {
  std::lock_guard lock(lots_mutex_);
  return known_lots_.contains(lot);
}

void Site::start() {
  const auto& places = options_.layout.instruments;
  if (!rim_.has_networks() && std::any_of(places.begin(), places.end(), [](const auto& place) { return place.kind == "camera"; })) {
    log_.info("the pack has no networks of its brands (model belt_network): pictures are judged by colour alone");
  }
  ask_again();
  rim_.start();
  {
    const ThreadsNamed name("rim order");
    entering_ = std::thread([this] { enter_rim(); });
    leaving_ = std::thread([this] { leave_rim(); });
  }
  const ThreadsNamed name("line");
  line_thread_ = std::thread([this] { run_line(); });
}

void Site::stop() {
  stop_soon();
  to_rim_.close();
  if (entering_.joinable()) entering_.join();
  at_rim_.close();
  if (leaving_.joinable()) leaving_.join();
  rim_.stop();
  to_line_.close();
  if (line_thread_.joinable()) line_thread_.join();
  if (journal_) (void)journal_->commit();
}

bool Site::submit(instruments::Output output) {
  ++outputs_;
  return to_rim_.push(std::move(output));
}

bool Site::command(wire::SiteCommand command) { return to_rim_.push(std::move(command)); }

bool Site::refuse(std::string command_id, std::string reason) {
  return to_rim_.push(Refusal{std::move(command_id), std::move(reason)});
}

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

SiteCounts Site::counts() const { return {outputs_, observations_, findings_, skipped_frames_, refused_, unreadable_}; }

void Site::run_line() {
  while (!to_line_.closed_and_drained()) {
    std::vector<material::Observation> observations;
    std::vector<std::shared_ptr<std::promise<void>>> barriers;
    std::int64_t newest_ns = 0;
    for (auto& item : to_line_.pop_some(kBatch, kSiteIdle)) {
      if (const auto* output = std::get_if<instruments::Output>(&item)) {
        newest_ns = std::max(newest_ns, std::get<material::Reading>(*output).time.ns);
      }
      if (auto* barrier = std::get_if<Barrier>(&item)) {
        barriers.push_back(barrier->passed);
      } else {
        take(std::move(item), observations);
      }
    }
    for (const auto& note : tracker_.take_notes()) {
      ++notes_[note.kind];
      log_.warn_once(std::string("line: ") + material::name_of(note.kind), note.message);
    }
    if (!unanswered_cuts_.empty() && std::chrono::steady_clock::now() - asked_ > kRetryPause) ask_again();
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
    auto& reading = std::get<material::Reading>(*output);
    auto* health = std::get_if<material::HealthReading>(&reading.payload);
    if (health && reading.instrument == options_.layout.plc) tell_of_line(*health);
    keep(tracker_.take(std::move(reading)), observations);
  } else if (auto* command = std::get_if<wire::SiteCommand>(&item)) {
    take_command(*command, observations);
  } else if (auto* end = std::get_if<EndOfLot>(&item)) {
    keep(tracker_.end_of_lot(end->lot, end->time), observations);
  } else if (const auto* refusal = std::get_if<Refusal>(&item)) {
    say_refused(*refusal, observations);
  }
}

// Not taken: of what this version cannot read the center goes on telling, to one that can.
void Site::say_refused(const Refusal& refusal, std::vector<material::Observation>& observations) {
  if (!commands_refused_.insert(refusal.command_id).second) return;
  const Time now = clock_.now();
  observations.push_back(made_here(now, now, material::StopAnswerReading{refusal.command_id, false, refusal.reason}));
}

void Site::tell_of_line(material::HealthReading& health) {
  for (const auto& [kind, count] : notes_) health.dropped.push_back({material::name_of(kind), count});
  const double unassigned_t = std::floor(tracker_.unassigned().value - unassigned_before_t_);
  if (unassigned_t < 1) return;
  health.dropped.push_back({material::kTonnesOfNoLot, static_cast<std::uint64_t>(unassigned_t)});
  if (unassigned_t > told_unassigned_t_ && health.state == material::HealthReading::State::kWorking) {
    health.state = material::HealthReading::State::kDegraded;
    health.message = "tonnes pass the scale while the PLC names no lot, or one that has ended";
  }
  told_unassigned_t_ = unassigned_t;
}

void Site::keep(std::vector<material::Observation> stamped, std::vector<material::Observation>& observations) {
  for (auto& observation : stamped) {
    const auto due = scheduler_.observe(observation, tracker_);
    const Time time = observation.time, received = observation.received;
    observations.push_back(std::move(observation));
    carry_out(due, time, received, observations);
  }
}

material::Observation Site::made_here(Time time, Time received, material::ObservationPayload payload,
                                      std::vector<material::LotInterval> intervals) const {
  material::Observation made;
  made.line = options_.layout.line;
  made.time = time;
  made.received = received;
  made.intervals = std::move(intervals);
  made.payload = std::move(payload);
  return made;
}

void Site::carry_out(const IncrementScheduler::Due& due, Time time, Time received,
                     std::vector<material::Observation>& observations) {
  for (const auto& cut : due.cuts) {
    const material::LotInterval where{cut.lot, {cut.mark, cut.mark}};
    observations.push_back(made_here(time, received, cut_taken(cut), {where}));
    if (auto ordered = actuator_(cut.order); !ordered) {
      log_.warn_once("sampler", "cutter order not sent: " + ordered.error().message);
      material::CutterReading refused{cut.order.increment, false, 0, cut.order.command_id, ordered.error().message};
      observations.push_back(made_here(time, received, std::move(refused), {where}));
    }
  }
  for (const auto& missed : due.missed) {
    material::CutterReading answer{0, false, 0, missed.command_id, missed.reason};
    observations.push_back(made_here(time, received, std::move(answer), {missed.where}));
  }
}

// An order that a crash cut off from its answer is given once more: an increment too many is better than one too few, and
// its own tonnes are stamped when the cutter answers. A PLC that is not connected yet is asked until it is.
void Site::ask_again() {
  asked_ = std::chrono::steady_clock::now();
  std::erase_if(unanswered_cuts_, [this](const auto& unanswered) {
    const auto ordered = actuator_(unanswered.second);
    if (!ordered) log_.warn_once("sampler after a restart", "cutter order not sent yet: " + ordered.error().message);
    return ordered.ok();
  });
}

void Site::take_command(const wire::SiteCommand& command, std::vector<material::Observation>& observations) {
  if (command.epoch != 0 && command.epoch != journal_->epoch()) {
    say_refused({command.id, "the site's journal was replaced since this was asked for, and counts the lot's tonnes anew"}, observations);
    return;
  }
  if (!commands_taken_.insert(command.id).second) return;  // at-least-once delivery repeats itself
  const Time received = clock_.now();
  material::CommandTaken taken{command.id, "", command.requested_by, ""};
  std::vector<material::LotInterval> where;
  std::optional<material::StopAnswerReading> not_asked;
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
    where = {sample->where};             // a restart orders it again from there
    scheduler_.order(command.id, sample->where, command.requested_by);
  } else if (const auto* stop = std::get_if<wire::RequestStop>(&command.order)) {
    taken.kind = "request_stop";
    taken.detail = stop->reason;
    if (auto asked = actuator_(instruments::StopOrder{command.id, stop->reason}); !asked) {
      log_.warning("stop request " + command.id + " not sent: " + asked.error().message);
      not_asked = {command.id, false, "the terminal was not asked: " + asked.error().message};
    }
  } else if (const auto* end = std::get_if<wire::EndLot>(&command.order)) {
    // Not kEndOfLot: that entry is the tracker's own, and a restart ends the lot by it.
    taken.kind = "end_lot";
    taken.detail = end->lot.str();
    keep(tracker_.end_of_lot(end->lot, command.time), observations);
  } else if (const auto* natural = std::get_if<wire::ExplainNaturalOre>(&command.order)) {
    taken.kind = natural->instead ? material::kNaturalOreWithdrawn : material::kNaturalOreExplained;   // the inspectors read it
    taken.detail = natural->where.lot.str();
    taken.brand = natural->brand;
    taken.levels = natural->levels;
    where = {natural->where};
  }
  observations.push_back(made_here(command.time, received, std::move(taken), std::move(where)));
  if (not_asked) observations.push_back(made_here(command.time, received, std::move(*not_asked)));
}

// Whoever ends the process must not wait for room on a disk: what cannot be written is told of, and its tonnes stay uncovered.
bool Site::gives_up(const std::string& why) {
  if (!stopping_) return false;
  if (!abandoned_.exchange(true)) log_.error("journal: " + why + "; stopping without what is still under way");
  return true;
}

std::optional<std::uint64_t> Site::append(journal::EntryKind kind, Time time, const std::string& payload) {
  // A full disk holds the line up here, and the instruments' queues behind it; nothing is judged that was not written. What no
  // disk would take is refused, or it would stop the line for ever.
  while (!abandoned_) {
    auto sequence = journal_->append(kind, time, payload);
    if (sequence) return *sequence;
    if (sequence.error().code == ErrorCode::kInvalidInput) {
      ++refused_;
      log_.warn_once("journal entry refused", "journal: " + sequence.error().message + "; it is not kept");
      return std::nullopt;
    }
    if (gives_up(sequence.error().message)) break;
    log_.error("journal: " + sequence.error().message + "; waiting");
    std::this_thread::sleep_for(kRetryPause);
  }
  return std::nullopt;
}

void Site::journal_and_inspect(std::vector<material::Observation> observations) {
  for (auto& again : needs_.to_renew(journal_->last_sequence() + 1)) observations.push_back(std::move(again));
  std::uint64_t last = 0;
  std::erase_if(observations, [&](material::Observation& observation) {
    const auto sequence = append(kind_of(observation), observation.time, wire::encode(observation));
    if (!sequence) return true;
    last = *sequence;
    observation.id = {options_.layout.site, journal_->epoch(), last};
    return false;
  });
  if (observations.empty()) return;
  for (;;) {
    const auto durable = journal_->wait_durable(last);
    if (durable) break;
    if (gives_up(durable.error().message)) return;
    log_.warn_once("journal not durable", "journal: entries are not on disk yet; waiting");
    std::this_thread::sleep_for(kRetryPause);
  }
  observations_ += observations.size();
  for (const auto& observation : observations) {
    needs_.note(observation);
    write(host_.observe(observation));
    if (std::holds_alternative<material::FrameReading>(observation.payload)) archive(observation);
  }
  journal_->keep_from(needs_.keep_from(last + 1));
}

void Site::write(const inspect::Outcome& outcome) {
  for (const auto& finding : outcome.findings) {
    // The picture first: a kill between the two repeats the finding from the journal, but the ring of pixels is gone.
    pin_evidence(finding);
    write(finding);
    ++findings_;
  }
  if (outcome.report) append(journal::EntryKind::kSlice, outcome.report->last, wire::encode(*outcome.report));
}

void Site::write(wire::Finding finding) {
  if (append(journal::EntryKind::kFinding, finding.time, wire::encode(finding))) return;
  // What was found matters more than what shows it.
  std::erase_if(finding.evidence, [](const wire::Evidence& evidence) { return !evidence.bytes.empty(); });
  append(journal::EntryKind::kFinding, finding.time, wire::encode(finding));
}

void Site::pin_evidence(const wire::Finding& finding) {
  for (const auto& evidence : finding.evidence) {
    if (evidence.kind != "frame") continue;
    if (const auto kept = ring_.find(evidence.instrument, evidence.frame_number)) {
      pin_frame(*kept, finding.where);
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
  if (const auto kept = ring_.find(observation.instrument, reading.frame_number)) pin_frame(*kept, where);
}

// Once, however many findings point at it: encoding keeps the line waiting.
void Site::pin_frame(KeptFrame& kept, const material::LotInterval& where) {
  if (std::exchange(kept.pinned, true)) return;
  const auto blob = frame_evidence(kept, where, options_.max_evidence_bytes);
  if (blob) {
    append(journal::EntryKind::kEvidence, kept.frame.time, wire::encode(*blob));
    return;
  }
  ++refused_;
  log_.warn_once("evidence of " + kept.frame.instrument.str(), blob.error().message);
}

}  // namespace beltwarden::site
