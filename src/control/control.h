// The center's mind: findings become alarms and cases, officers' decisions become events, events become state.
//
// State is a fold over the record: events in order, and what intake has stored. Every act is first written down, then
// folded in, so a restart arrives where it stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "control/declarations.h"
#include "control/passwords.h"
#include "control/roles.h"
#include "control/sessions.h"
#include "control/views.h"
#include "record/record.h"
#include "wire/command.h"

namespace beltwarden::control {

struct LineOptions {
  LineId line;
  std::string name;
  double feed_m = -20;
  double belt_end_m = 100;                          ///< where material leaves the belt: after that it lies in the yard
  std::vector<LineInstrument> instruments;
};

struct ControlOptions {
  SiteId site;
  std::vector<LineOptions> lines;
  std::vector<std::string> required_models;         ///< as the pack names them
  std::vector<InstrumentId> required_instruments;   ///< empty: every instrument of the lot's line
  Tonnes alarm_merge{100};                          ///< findings this near are one alarm
  Tonnes case_slack{0};                             ///< alarms this near are one case
  Tonnes ignored_hole{0.5};                         ///< rounding at the ends of readings; a real hole is longer
  /// An alarm of the first code is suppressed while an open alarm of the second stands on the same material: they are one
  /// case, and the second says more.
  std::map<std::string, std::string> suppressed_by{{"visual_anomaly", "inclusion"}, {"gamma_excess", "artificial_source"}};
  Duration audit_every = seconds(3600);             ///< the chain of acts is walked from end to end so often
  Duration no_signal_after = seconds(30);           ///< a belt that has said nothing for so long
  SessionRules sessions;
  PasswordRules passwords;
};

/// Something changed; ask for the thing by its name. `points` come with their values.
struct Change {
  enum class Kind { kAlarm, kCase, kLot, kLine, kInstrument, kAudit, kPoints, kFrame };
  Kind kind = Kind::kLine;
  std::string id;                                   ///< alarm, case, lot, line, instrument, audit number, evidence digest
  struct NewPoint {
    LineId line;
    LotId lot;
    std::string name, model, unit;
    std::optional<double> low, high;
    record::Point point;
  };
  std::vector<NewPoint> points;
};

struct IntakeResult {
  std::uint64_t fresh = 0, duplicates = 0;
};

/// Commands in, events out. Every member may be called from any thread: one lock guards the state; subscribers and the
/// command sink are called without it. A subscriber may ask for anything, but neither act nor unsubscribe from within its
/// own call.
class Control {
 public:
  /// Folds the record. `record`, `clock` and `log` must outlive it. `clock` is the site's time: sessions, shelving and
  /// events are reckoned by it.
  static Result<std::unique_ptr<Control>> open(ControlOptions options, record::Record& record, const Clock& clock,
                                               Log& log);
  ~Control();

  // --- evidence in, commands out --------------------------------------------------------------------------------
  /// Commits the batch to the record, then folds it: alarms rise, coverage grows, lots move on. When it returns without
  /// error the site may be told that the batch is safe.
  Result<IntakeResult> intake(const record::IntakeBatch& batch);
  /// Where commands to the site go. Set before the first command; an error leaves the command pending.
  void set_command_sink(std::function<Result<void>(const wire::SiteCommand&)> sink);
  /// Commands that the site has not taken yet: to be sent again after a restart or reconnection (it takes each id once).
  std::vector<wire::SiteCommand> pending_commands() const;
  /// Lets time pass: shelving and sessions run out. Call about once a second.
  Result<void> tick();

  using Subscriber = std::function<void(const Change&)>;
  std::uint64_t subscribe(Subscriber subscriber);
  void unsubscribe(std::uint64_t subscription);     ///< no call is under way once it returns

  // --- sessions and users ---------------------------------------------------------------------------------------
  Result<SignIn> sign_in(const std::string& user, const std::string& password, const std::string& origin);
  struct SessionView {
    Actor actor;
    std::string csrf;
    Time expires;
  };
  /// kDenied when nobody is signed in with this token.
  Result<SessionView> session(const std::string& token);
  /// Who is, as of now, without this being taken as a use of the session: watching does not keep it from idling out.
  std::optional<Actor> signed_in(const std::string& token) const;
  Result<void> sign_out(const std::string& token);

  struct UserChange {
    std::string user;
    std::optional<std::string> name, role, consignee, password;
    std::optional<bool> disabled;
  };
  Result<UserView> add_user(const Actor& actor, const UserChange& user);
  Result<UserView> change_user(const Actor& actor, const UserChange& change);
  Result<std::vector<UserView>> users(const Actor& actor) const;

  // --- alarms and cases -----------------------------------------------------------------------------------------
  Result<AlarmView> acknowledge(const Actor& actor, const AlarmId& alarm);
  Result<AlarmView> shelve(const Actor& actor, const AlarmId& alarm, double minutes, const std::string& reason);
  Result<AlarmView> unshelve(const Actor& actor, const AlarmId& alarm, const std::string& reason);
  /// A model's alarms on a line are put out of service (or back): they are kept and shown, and still block a release.
  Result<void> set_out_of_service(const Actor& actor, const LineId& line, const std::string& model, bool out,
                                  const std::string& reason);
  std::vector<OutOfServiceView> out_of_service() const;

  struct CaseDecision {
    std::string kind;      ///< explain watch order_sample request_stop remove_object hold_interval refer_laboratory escalate
    std::string reason, note;
    std::optional<TonneInterval> tonnes;            ///< the case's own when absent
    std::string code;      ///< of the reason: "natural_ore" with explain, where all of the case's alarms are of the ore's own
                           ///< radioactivity: the site then expects the brand to hold as much
  };
  Result<DispositionView> dispose_case(const Actor& actor, const CaseId& id, const CaseDecision& decision);

  std::vector<AlarmView> alarms(bool open_only, const std::optional<LotId>& lot, ListPage page = {}) const;  ///< newest and highest first
  Result<AlarmView> alarm(const AlarmId& alarm) const;
  std::vector<CaseView> cases(bool open_only, ListPage page = {}) const;
  Result<CaseView> case_of(const CaseId& id) const;
  /// The findings of a case with their evidence, oldest first.
  Result<std::vector<record::StoredFinding>> case_findings(const CaseId& id) const;

  // --- lots -----------------------------------------------------------------------------------------------------
  struct LotRequest {
    std::string kind;                               ///< release hold resume reject
    std::string reason, note;
    bool override_blockers = false;                 ///< release in spite of blockers: wants a second officer's consent
  };
  Result<LotDecision> dispose_lot(const Actor& actor, const LotId& lot, const LotRequest& request);
  /// The second signature, by another officer or a supervisor.
  Result<LotDecision> consent(const Actor& actor, const std::string& disposition, const std::string& reason);
  /// A supervisor takes back that what was raised is the ore's own ("natural_ore"): the site expects it no longer, and asks again. The
  /// case stays disposed.
  Result<DispositionView> withdraw_explanation(const Actor& actor, const std::string& disposition, const std::string& reason);
  /// Ends a held interval.
  Result<DispositionView> lift_hold(const Actor& actor, const std::string& disposition, const std::string& reason);

  /// The terminal (or an officer) says that the lot's last tonne has been fed; the site closes its last slice.
  Result<void> end_lot(const Actor& actor, const LotId& lot);

  /// What the actor may see: a consignee its own lots, without findings, alarms and composition.
  std::vector<LotView> lots(const Actor& actor) const;
  Result<LotView> lot(const Actor& actor, const LotId& lot) const;

  // --- declarations ---------------------------------------------------------------------------------------------
  /// All or nothing. Each new or changed declaration becomes a lot plan for the site.
  Result<ImportOutcome> import_declarations(const Actor& actor, const std::vector<Declaration>& declarations);
  std::vector<DeclarationView> declarations(const Actor& actor) const;

  // --- state of the site ----------------------------------------------------------------------------------------
  std::vector<LineView> lines() const;
  Result<LineView> line(const LineId& line) const;
  std::vector<InstrumentView> instruments() const;
  Result<AuditPage> audit(const Actor& actor, std::int64_t before, std::uint32_t limit) const;
  /// Walks the whole chain in the record; what `audit` then tells as `whole`.
  Result<record::ChainReport> verify_audit();

 private:
  struct State;
  explicit Control(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace beltwarden::control
