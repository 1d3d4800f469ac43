// What stands behind Control. Inside this module only.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "control/alarms.h"
#include "control/clearance.h"
#include "control/control.h"
#include "control/dispositions.h"
#include "control/line_live.h"
#include "control/lockout.h"

namespace beltwarden::control {

struct Control::State {
  State(ControlOptions o, record::Record& r, const Clock& c, Log& l);

  const ControlOptions options;
  record::Record& record;
  const Clock& clock;
  Log& log;

  std::mutex intake_mutex;                          ///< one batch at a time; taken before `mutex`
  std::mutex walk_mutex;                            ///< guards `walk`; taken before `mutex`
  std::optional<record::ChainWalk> walk;            ///< of the chain of acts, under way
  std::mutex password_mutex;                        ///< one Argon2id at a time bounds its memory; taken without `mutex`
  mutable std::mutex mutex;                         ///< guards everything below up to the subscribers

  struct DeclarationEntry {
    Declaration declaration;
    Time imported;
    UserId by;
    std::string command_id;                         ///< of the plan that tells the site
  };
  std::int64_t last_event = 0;
  AlarmBook alarms;
  DispositionBook dispositions;
  std::map<std::string, DeclarationEntry> declarations;             ///< by number
  std::map<LotId, wire::SiteCommand> ended_lots;                    ///< somebody said that the last tonne is fed
  std::map<UserId, record::Account> accounts;
  LockoutBook lockouts;
  SessionBook sessions;
  std::map<LineId, LineLive> live;
  std::map<std::int64_t, std::vector<wire::Measured>> measured;     ///< of alarms' strongest findings, by their number
  std::map<LotId, std::vector<record::InstrumentRow>> at_end;       ///< instruments when a finished lot's last slice closed
  std::map<std::string, std::uint64_t> taken_commands;              ///< the site has said so: in the newest epoch that does
  std::string chain_head;
  bool chain_whole = true;
  Time chain_checked;                               ///< when it was last walked to its end (or to what broke it)
  /// Something may have been committed that is not folded yet: at first, and after a failure. Made up for at the next tick
  /// or intake, so that a process which only manages accounts beside the center judges nothing.
  bool behind = true;
  Time unknown_window;                              ///< failures of unknown names written down since then ...
  std::uint32_t unknown_failures = 0;               ///< ... so many
  std::function<Result<void>(const wire::SiteCommand&)> sink;

  mutable std::mutex subscribers_mutex;             ///< taken without `mutex`; held while subscribers are called
  std::map<std::uint64_t, Subscriber> subscribers;
  std::uint64_t last_subscription = 0;

  // --- with `mutex` held ------------------------------------------------------------------------------------------
  /// Writes acts down, then folds them in. What changed is added to `changes`.
  Result<void> act(const record::Record::Acts& acts, std::vector<Change>& changes);
  Result<void> act(record::NewEvent event, std::vector<Change>& changes);
  void fold(const record::Event& event, std::vector<Change>& changes);
  void fold_lot_end(const record::Event& event);
  void fold_declaration(const record::Event& event, const Fields& fields);
  /// Folds what another process (a command line beside the center) has written since, up to `before`.
  Result<void> catch_up(std::int64_t before, std::vector<Change>& changes);

  /// Findings that ask for a person become alarms; those that tell a class name the objects of alarms.
  Result<void> take_findings(const std::vector<Suspect>& suspects, const std::vector<Suspect>& classes,
                             std::vector<Change>& changes);
  /// `where`: of a cut, the material that it took.
  Result<void> take_answer(const record::AnswerRow& answer, const std::vector<material::LotInterval>& where,
                           std::vector<Change>& changes);
  /// What the record knows of the material that was cut for a command.
  Result<std::vector<material::LotInterval>> cut_by(const wire::SiteCommand& command) const;
  Result<void> settle_lot(const LotId& lot, std::vector<Change>& changes);
  /// What was committed but not yet folded, when the process ended or an act could not be written.
  Result<void> finish_intake(std::vector<Change>& changes);
  /// What is behind is folded now; kUnavailable while that cannot be done: nobody decides about a lot on half the evidence.
  Result<void> make_up(std::vector<Change>& changes);
  /// After a start: what views show beside the fold.
  Result<void> load_views();

  std::vector<wire::SiteCommand> commands_pending() const;
  Result<void> answer_forgotten(std::vector<Change>& changes);
  /// Of the site's journals that have sent something.
  std::uint64_t newest_epoch() const;
  wire::SiteCommand command_of(const DispositionView& disposition) const;
  wire::SiteCommand command_of(const DispositionBook::Withdrawn& withdrawn) const;
  bool of_replaced_journal(const DispositionView& waiting, std::uint64_t newest) const;
  /// A reason's code must be one that the site acts on, and true of all of the case's alarms.
  Result<void> check_code(const Control::CaseDecision& decision, const Case& its) const;
  Result<std::vector<record::StoredFinding>> findings_of(const Case& its) const;
  /// Brand, tonnes and levels of a case that is explained as natural ore.
  Result<void> take_levels(const Case& its, DispositionView& made) const;
  static std::string command_id_of(const DispositionView& disposition);
  LineId line_of(const DeclarationEntry& entry) const;

  ClearanceInput clearance_input(const LotId& lot) const;
  LotState lot_state(const LotId& lot, const std::optional<record::LotRow>& row) const;
  const DeclarationEntry* declaration_of(const LotId& lot) const;
  bool knows_lot(const LotId& lot) const;
  /// The highest tonne mark that the lot may come to: a good deal over what was declared, and no less than what was seen.
  Tonnes most_of(const LotId& lot, Tonnes seen) const;

  AlarmState state_of(const Alarm& alarm) const;
  AlarmView view(const Alarm& alarm) const;
  CaseView view(const Case& its) const;
  LotView view(const LotId& lot, bool inspection) const;
  LineView view(const LineOptions& line) const;
  UserView view(const record::Account& account) const;
  AuditEntry view(const record::Event& event) const;

  record::NewEvent event(const Actor& actor, const char* act, const std::string& subject, const Fields& fields) const;

  // --- without any lock -------------------------------------------------------------------------------------------
  /// When the chain is due, a page of it: a walk takes several ticks and holds up nobody.
  void walk_chain();
  /// What of a lot only the database knows.
  void complete(LotView& view, bool inspection) const;
  void tell(const std::vector<Change>& changes);
  /// Sends commands; those that fail stay pending.
  void send(const std::vector<wire::SiteCommand>& commands);
};

inline Error may_not(const Actor& actor, const std::string& what) {
  return denied("a " + std::string(to_string(actor.role)) + " may not " + what);
}

}  // namespace beltwarden::control
