// What control shows: plain values in the words of docs/api.md, which the API writes as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/units.h"
#include "record/rows.h"
#include "wire/finding.h"

namespace beltwarden::control {

/// ISA-18.2, seen from the one who looks at the list. docs/control.md has the diagram.
enum class AlarmState { kUnacknowledged, kAcknowledged, kReturned, kShelved, kSuppressed, kOutOfService, kClosed };
std::string to_string(AlarmState state);
std::string to_string(wire::Priority priority);     ///< "none", "low", ...
std::string to_string(wire::Verdict verdict);       ///< "ok", "suspect", "dont_know"

/// Where material is now.
struct Position {
  bool on_belt = false;                             ///< false: in the yard (or not yet fed)
  double distance_m = 0;                            ///< downstream of the datum, of its leading end
  std::optional<double> seconds_to_leave;           ///< nothing while the belt stands
};

struct AlarmView {
  AlarmId alarm;
  CaseId in_case;
  wire::Priority priority = wire::Priority::kLow;
  AlarmState state = AlarmState::kUnacknowledged;
  std::string code, model, label;
  double confidence = 0;
  std::vector<std::pair<std::string, double>> classes;  ///< what its objects were recognised as, the surest first
  LineId line;
  LotId lot;
  TonneInterval tonnes;
  Time raised, updated;
  UserId acknowledged_by;
  std::optional<Time> shelved_until;
  std::vector<std::int64_t> findings;               ///< numbers, ascending
  std::vector<wire::Measured> measured;             ///< of the strongest finding
  Position position;
};

struct SecondSignature {
  UserId by;
  std::string name;
  Time time;
  std::string reason;
};

enum class DispositionState { kDone, kWaitingSecond, kWaitingAnswer, kAnswered, kRefused, kStanding, kLifted, kWithdrawn };
std::string to_string(DispositionState state);

struct DispositionView {
  std::string id;
  std::string kind;
  UserId by;
  std::string name;                                 ///< of the officer
  std::string role;
  Time time;
  std::string reason, note;
  std::string code;                                 ///< of the reason, where the site acts on it: "natural_ore"
  std::string brand;                                ///< with that code: of the lot, where it is known,
  std::vector<material::NaturalLevel> levels;       ///< and what the case's findings gave
  LotId lot;
  CaseId in_case;                                   ///< empty: about the lot as a whole
  std::optional<TonneInterval> tonnes;
  std::uint64_t epoch = 0;                          ///< what is asked of the site is of this journal of its; 0: not known
  bool override_blockers = false;
  std::optional<SecondSignature> second;
  DispositionState state = DispositionState::kDone;
  std::string answer;                               ///< of the site, or why it was lifted or withdrawn
};

struct CaseView {
  CaseId id;
  bool open = true;
  bool escalated = false;                           ///< only a supervisor may resolve it
  wire::Priority priority = wire::Priority::kLow;
  std::string code;                                 ///< of its strongest alarm: the title
  LineId line;
  LotId lot;
  TonneInterval tonnes;
  Time opened;
  std::vector<AlarmView> alarms;
  std::vector<DispositionView> dispositions;
};

/// Why a lot cannot be released.
struct Blocker {
  std::string code;   ///< not_finished coverage_hole model_not_fitted sequence_gap unreadable_entry case_open
                      ///< instrument_sick held_interval lot_held
  std::string text;   ///< for people, in English; the UI translates by code
  std::string about;  ///< the model, instrument, case or disposition
  std::optional<TonneInterval> tonnes;
  std::string state = {};                           ///< what of it a signature covers: another state wants another signature
  std::vector<TonneInterval> stretches = {};        ///< when `tonnes` spans several
  bool overridable = true;                          ///< two officers may release in spite of it
};

struct CoverageView {
  std::string name;
  bool fitted = true;
  bool required = false;
  double fraction = 0;                              ///< of the tonnes whose slices have closed
  std::vector<TonneInterval> covered;
};

enum class LotState { kDeclared, kDischarging, kInspected, kReleaseProposed, kReleased, kHeld, kRejected };
std::string to_string(LotState state);

/// Of a list that may be long: the newest `limit` with a number below `before` (0 = from the end).
struct ListPage {
  std::int64_t before = 0;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

struct LotView {
  LotId lot;
  CallId call;
  std::string ship, consignment, brand, origin, consignee, hs_code, commodity;
  double declared_mass_t = 0;
  std::map<std::string, double> declared_composition;
  LineId line;
  LotState state = LotState::kDeclared;
  Tonnes passed{0};
  double rate_tph = 0;                              ///< while it is on the belt
  std::optional<Time> eta, started, ended, released;
  std::vector<std::string> required_models;
  std::vector<CoverageView> models, instruments;
  std::vector<record::LotMean> composition;
  std::uint64_t findings_open = 0, alarms_open = 0; ///< findings in open alarms; alarms not closed
  std::vector<Tonnes> increments_planned, increments_taken;
  std::vector<Blocker> blockers;
  std::vector<DispositionView> dispositions;        ///< oldest first, of the lot and of its cases
};

/// Answer to an officer's decision about a lot.
struct LotDecision {
  bool accepted = false;                            ///< false: `blockers` say why
  std::optional<DispositionView> disposition;
  LotState state = LotState::kDeclared;
  bool needs_second = false;
  std::vector<Blocker> blockers;
};

struct InstrumentView {
  record::InstrumentRow row;
  std::string kind, driver;                         ///< from the layout; empty when it is not in it
  std::string state;                                ///< "connecting|working|degraded|faulty|disconnected"
};

struct SegmentView {
  LotId lot;
  double from_m = 0, to_m = 0;                      ///< downstream of the datum
  TonneInterval tonnes;
};

struct LineInstrument {
  InstrumentId instrument;
  std::string kind, driver;
  double distance_m = 0, sampling_distance_t = 0;
};

struct LineView {
  LineId line;
  std::string name;
  std::string state;                                ///< "running|stopped|empty|no_signal"
  double speed_mps = 0, rate_tph = 0, load_kg_per_m = 0;
  LotId lot;
  Tonnes passed{0};
  std::optional<Time> time;
  double feed_m = 0;
  double belt_end_m = 0;
  std::vector<LineInstrument> instruments;
  std::map<InstrumentId, std::string> instrument_states;
  std::vector<SegmentView> segments;
  std::map<std::string, double> coverage;           ///< fraction of the current lot's closed slices, per model
  std::vector<record::RunRow> runs;
};

struct AuditEntry {
  std::int64_t number = 0;
  Time time;
  UserId user;
  std::string name, role, act, subject, reason;
  std::string detail;                               ///< the rest of what was written down, "key: value; ..."
  std::string hash, previous_hash;
};

struct AuditPage {
  std::vector<AuditEntry> entries;                  ///< newest first
  std::string head;
  bool whole = true;                                ///< the chain held when it was last walked ...
  Time checked;                                     ///< ... to its end, at this time
};

/// A model whose alarms on a line a supervisor has taken out of service.
struct OutOfServiceView {
  LineId line;
  std::string model;
  UserId by;
  Time since;
  std::string reason;
};

struct UserView {
  UserId user;
  std::string name;
  std::string role, consignee;
  bool disabled = false;
  Time created;
  std::optional<Time> locked_until;
};

}  // namespace beltwarden::control
