// Alarms and cases: what findings become, and how they live. A pure state machine: decisions come out as events, and
// only events change the state.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "control/fields.h"
#include "control/views.h"
#include "record/event.h"
#include "wire/finding.h"

namespace beltwarden::control {

struct AlarmRules {
  Tonnes merge{100};                                ///< findings this near are one alarm
  Tonnes case_slack{0};                             ///< alarms this near are one case
  /// A condition that an officer has explained (or referred to the laboratory) and that goes on without a break (within
  /// `unbroken`) belongs to that alarm, until it has become worse, or has gone on for `settled_reach` or for as long again as
  /// it was when the officer decided, whichever is more: then it is a new alarm. A lot of a wrong brand asks a few times,
  /// not at every slice.
  Tonnes unbroken{1};
  Tonnes settled_reach{500};
};

struct Alarm {
  std::int64_t number = 0;
  std::int64_t in_case = 0;
  LineId line;
  LotId lot;
  std::string model, code, label;
  wire::Priority priority = wire::Priority::kLow;
  double confidence = 0;
  TonneInterval tonnes;
  Time raised, updated;
  std::vector<std::int64_t> findings;               ///< ascending
  std::int64_t strongest = 0;                       ///< the finding that `priority` and `confidence` are of
  UserId acknowledged_by;                           ///< empty: nobody has
  bool returned = false;                            ///< its condition is over
  std::optional<Time> shelved_until;
  bool closed = false;                              ///< its case is disposed
  bool settled = false;                             ///< explained or referred: what goes on unbroken is part of it
  Tonnes closed_to{0};                              ///< how far it reached then
  std::map<std::string, double> classes;            ///< what its objects were recognised as, with the best confidence
  Tonnes began{0};                                  ///< where the condition began: of the first alarm that it continues

  AlarmId id() const { return AlarmId{"A-" + std::to_string(number)}; }
};

struct Case {
  std::int64_t number = 0;
  LineId line;
  LotId lot;
  TonneInterval tonnes;
  Time opened;
  std::set<std::int64_t> alarms;
  std::vector<std::int64_t> dispositions;
  bool open = true;
  bool escalated = false;
  std::int64_t merged_into = 0;                     ///< another case took its alarms; 0 = no

  CaseId id() const { return CaseId{"C-" + std::to_string(number)}; }
};

/// The number in "A-12" for prefix "A-"; 0 when it is no such name.
std::int64_t number_in(const std::string& id, const std::string& prefix);

/// A finding that asks for a person.
struct Suspect {
  std::int64_t number = 0;
  const wire::Finding* finding = nullptr;
};

class AlarmBook {
 public:
  explicit AlarmBook(AlarmRules rules) : rules_(rules) {}

  // --- decisions: what should be written down --------------------------------------------------------------------
  std::vector<record::NewEvent> take(const std::vector<Suspect>& suspects, Time now) const;
  /// Findings that tell what an object is, not that there is one: each goes to the alarm of its object. Expects the alarms of
  /// the objects to be there, as the classifier speaks after the recogniser.
  std::vector<record::NewEvent> classify(const std::vector<Suspect>& classes, Time now) const;
  /// Unacknowledged alarms of the lot whose condition is over: their model has seen `merge` more tonnes, or the lot is done.
  std::vector<record::NewEvent> returns(const LotId& lot, Tonnes sliced, bool finished, Time now) const;
  std::vector<record::NewEvent> shelvings_ended(Time now) const;

  // --- the fold ---------------------------------------------------------------------------------------------------
  /// True when the event was about alarms or cases.
  bool apply(const record::Event& event, const Fields& fields);
  void close_case(std::int64_t number, bool settled);
  /// What it was settled by was taken back: the same condition, going on, asks again.
  void unsettle(std::int64_t case_number);
  void add_disposition(std::int64_t case_number, std::int64_t disposition);
  void escalate(std::int64_t case_number);

  // --- what there is ----------------------------------------------------------------------------------------------
  const std::map<std::int64_t, Alarm>& alarms() const { return alarms_; }
  const std::map<std::int64_t, Case>& cases() const { return cases_; }
  const Alarm* alarm(const AlarmId& id) const;
  const Case* find_case(const CaseId& id) const;    ///< follows merges
  bool out_of_service(const LineId& line, const std::string& model) const;
  std::vector<OutOfServiceView> out_of_service() const;
  wire::Priority priority_of(const Case& its) const;
  /// The highest finding that alarms have taken in: later suspects are still to be judged.
  std::int64_t last_finding() const { return last_finding_; }
  std::int64_t last_class() const { return last_class_; }  ///< the same, of findings that tell a class

 private:
  std::int64_t alarm_for(const wire::Finding& finding) const;
  Tonnes beginning_of(const wire::Finding& finding) const;
  std::int64_t case_for(const wire::Finding& finding) const;
  void extend(Alarm& alarm, const std::vector<std::int64_t>& findings, TonneInterval tonnes);
  void widen_case(const Alarm& alarm);
  void merge(std::int64_t from, std::int64_t into);

  AlarmRules rules_;
  std::map<std::int64_t, Alarm> alarms_;
  std::map<std::int64_t, Case> cases_;
  std::map<std::pair<LineId, std::string>, OutOfServiceView> out_of_service_;
  std::int64_t last_finding_ = 0, last_class_ = 0;
};

}  // namespace beltwarden::control
