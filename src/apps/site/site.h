// A site's line: readings in, durable findings out. src/README.md shows where this stands.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "apps/site/frame_ring.h"
#include "apps/site/increment_scheduler.h"
#include "apps/site/restart_needs.h"
#include "apps/site/rim_pool.h"
#include "base/bounded_queue.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "inspect/host.h"
#include "instruments/driver.h"
#include "journal/journal.h"
#include "material/line_tracker.h"
#include "wire/command.h"

namespace beltwarden::site {

struct SiteOptions {
  material::LineLayout layout;
  std::filesystem::path journal_folder;
  std::size_t ring_bytes = 256u << 20;       ///< of camera pixels kept for evidence
  Tonnes archive_every{100};                 ///< one picture a camera is kept for every so many tonnes
  RimModels rim;                             ///< networks of the pack's brands; without them pictures are judged by colour
  std::size_t rims = 2;                      ///< pictures measured at the same time, as far as the machine has cores for them
  int lanes = 2;                             ///< threads that look at one picture, where there is a network; the same
  bool skip_late_frames = false;             ///< where instruments do not wait: every second, fourth ... frame when behind
  std::size_t queue = 1024;                  ///< outputs waiting between two stages
  std::function<Tonnes(const material::LotPlan&)> increment_interval;   ///< of a lot's sampling plan; 0 = none
  std::uint64_t least_epoch = 1;             ///< of a journal begun anew: one more than the center knows of this site
  journal::Retention retention;              ///< what a restart needs stays beyond it
  std::uint64_t segment_bytes = journal::Options{}.segment_bytes;
  std::uint64_t renew_plans_after = 50'000;  ///< entries; see RestartNeeds
  std::function<void(double share)> reading;   ///< told while `open` reads the journal, 0 ... 1, at each hundredth; may be empty
  std::size_t max_evidence_bytes = 15u << 20;  ///< of one picture as JPEG; larger ones are kept at lower quality, or not
};

/// How many readings came and what became of them.
struct SiteCounts {
  std::uint64_t outputs = 0;                 ///< taken from instruments
  std::uint64_t observations = 0;            ///< journaled
  std::uint64_t findings = 0;
  std::uint64_t skipped_frames = 0;          ///< not looked at, because the machine could not keep up
  std::uint64_t refused = 0;                 ///< that did not fit; each cause logged once
  std::uint64_t unreadable = 0;              ///< journal entries that could not be read at the last start
};

/// Sends an order to the instrument that can act on it.
using Actuator = std::function<Result<void>(const instruments::Order&)>;

/// Stages on threads of their own, bounded queues between: the rim measures frames, several at once, and hands everything on in
/// the order it came; the line stamps, journals and inspects. `submit` and `command` are safe from any thread.
class Site {
 public:
  /// Opens the journal and brings tracker, inspectors and scheduler to where it ends. Findings that a crash kept from
  /// being written are written now, and orders whose answer it lost are given again (cuts) or answered (stops). An entry
  /// that cannot be read is counted, told and passed over.
  static Result<std::unique_ptr<Site>> open(SiteOptions options, std::vector<std::unique_ptr<inspect::Inspector>> inspectors,
                                            Actuator actuator, Log& log, const Clock& clock);
  ~Site();

  void start();

  /// Waits while the line is busy. False = shutting down.
  bool submit(instruments::Output output);

  /// A command from the center. Each id is taken once.
  bool command(wire::SiteCommand command);

  /// A command of the center that could not be read: it is answered so, once.
  bool refuse(std::string command_id, std::string reason);

  /// The terminal says that a lot's last tonne has been fed.
  bool end_of_lot(LotId lot, Time time);

  /// Waits until everything submitted so far is journaled, inspected and durable.
  void drain();

  /// The process is about to end: from now on nobody waits for a disk that takes nothing. Once it refuses an entry, the line
  /// discards what still comes, so that callers of `submit` and `drain` return.
  void stop_soon() { stopping_ = true; }

  /// Drains and ends the threads.
  void stop();

  /// Readings came after stop_soon() that the disk did not take.
  bool abandoned() const { return abandoned_; }

  /// Time of the newest item that the line has journaled and inspected: how far an accelerated source may run ahead.
  Time processed_until() const { return {processed_ns_}; }

  /// What a resuming source may skip.
  std::vector<std::pair<InstrumentId, std::uint64_t>> last_device_sequences() const;

  journal::Journal& journal() { return *journal_; }
  SiteCounts counts() const;
  std::vector<inspect::InspectorInfo> inspectors() const { return host_.inspectors(); }
  bool knows_lot(const LotId& lot) const;

 private:
  struct EndOfLot {
    LotId lot;
    Time time;
  };
  struct Refusal {
    std::string command_id, reason;
  };
  struct Barrier {
    std::shared_ptr<std::promise<void>> passed;
  };
  using Item = std::variant<instruments::Output, wire::SiteCommand, EndOfLot, Refusal, Barrier>;

  Site(SiteOptions options, std::vector<std::unique_ptr<inspect::Inspector>> inspectors, Actuator actuator, Log& log,
       const Clock& clock);

  Result<void> restore();
  Result<void> restore_older_plans();
  struct Restored;
  void restore_entry(const journal::Entry& entry, Restored& restored);
  void note_restored(const material::Observation& observation);
  void finish_restore(Restored& restored);
  void remember_lot(const LotId& lot);

  // What has passed the rim's entrance, and the picture that is being measured for it.
  struct AtRim {
    Item item;
    std::future<RimPool::Done> picture;
  };
  void enter_rim();
  void leave_rim();
  void note_at_rim(material::Reading& reading);
  bool measured(AtRim& at_rim);
  bool skips(const instruments::RawFrame& frame);
  std::string brand_at_rim(const instruments::RawFrame& frame);
  void run_line();
  void take(Item item, std::vector<material::Observation>& observations);
  void take_command(const wire::SiteCommand& command, std::vector<material::Observation>& observations);
  void say_refused(const Refusal& refusal, std::vector<material::Observation>& observations);
  material::Observation made_here(Time time, Time received, material::ObservationPayload payload,
                                  std::vector<material::LotInterval> intervals = {}) const;
  void carry_out(const IncrementScheduler::Due& due, Time time, Time received,
                 std::vector<material::Observation>& observations);
  void ask_again();
  void tell_of_line(material::HealthReading& health);
  void keep(std::vector<material::Observation> stamped, std::vector<material::Observation>& observations);
  void journal_and_inspect(std::vector<material::Observation> observations);
  bool gives_up(const std::string& why);
  std::optional<std::uint64_t> append(journal::EntryKind kind, Time time, const std::string& payload);
  void write(const inspect::Outcome& outcome);
  void write(wire::Finding finding);
  void pin_evidence(const wire::Finding& finding);
  void archive(const material::Observation& observation);
  void pin_frame(KeptFrame& kept, const material::LotInterval& where);

  SiteOptions options_;
  inspect::InspectorHost host_;
  Actuator actuator_;
  Log& log_;
  const Clock& clock_;
  std::unique_ptr<journal::Journal> journal_;
  material::LineTracker tracker_;
  IncrementScheduler scheduler_;
  FrameRing ring_;
  RimPool rim_;
  BoundedQueue<Item> to_rim_, to_line_;
  BoundedQueue<AtRim> at_rim_;
  std::thread entering_, leaving_, line_thread_;
  std::set<std::string> commands_taken_, commands_refused_;
  std::map<std::string, instruments::CutOrder> unanswered_cuts_;  // as the journal left them; asked for until they are taken
  std::map<std::string, Time> unanswered_stops_;                  // as the journal left them
  std::chrono::steady_clock::time_point asked_{};
  RestartNeeds needs_;
  std::map<material::TrackerNote::Kind, std::uint64_t> notes_;    // since start
  double unassigned_before_t_ = 0, told_unassigned_t_ = 0;        // before: of material whose lot retention has removed
  std::unordered_map<std::string, double> next_archive_t_;  // by camera and lot
  std::atomic<std::uint64_t> outputs_{0}, observations_{0}, findings_{0}, skipped_frames_{0}, refused_{0}, unreadable_{0};
  std::atomic<std::int64_t> processed_ns_{0};
  std::atomic<bool> stopping_{false}, abandoned_{false};
  mutable std::mutex lots_mutex_;
  std::set<LotId> known_lots_;
  WindowWatches windows_;                               // of the thread that leaves the rim
  // Of the thread that enters the rim, once it runs.
  std::map<std::int32_t, std::string> brand_of_feed_;   // by the number that the PLC shows
  std::int32_t fed_at_rim_ = 0;
  std::set<std::string> told_brands_;
  std::map<InstrumentId, std::uint64_t> seen_frames_, skipped_by_camera_;
};

}  // namespace beltwarden::site
