#include "control/alarms.h"

#include <algorithm>
#include <charconv>

namespace beltwarden::control {
namespace {

/// Distance between two stretches; 0 when they touch or overlap.
Tonnes gap(TonneInterval a, TonneInterval b) {
  if (a.to < b.from) return b.from - a.to;
  if (b.to < a.from) return a.from - b.to;
  return Tonnes{0};
}

TonneInterval hull(TonneInterval a, TonneInterval b) { return {std::min(a.from, b.from), std::max(a.to, b.to)}; }

bool same_condition(const Alarm& alarm, const wire::Finding& finding) {
  return alarm.lot == finding.where.lot && alarm.model == finding.model && alarm.code == finding.code &&
         alarm.label == finding.label && alarm.line == finding.line;
}

constexpr const char* kInclusion = "inclusion";

/// One finding of these is one object or one event of its own, never the same thing going on: what an officer decided about
/// one says nothing about the next.
bool is_one_event(const std::string& code) {
  return code == kInclusion || code == "artificial_source" || code == "overload" || code == "increment_missed";
}

wire::Priority priority_from(std::int64_t number) {
  return static_cast<wire::Priority>(std::clamp<std::int64_t>(number, 0, 4));
}

}  // namespace

std::int64_t number_in(const std::string& id, const std::string& prefix) {
  std::int64_t number = 0;
  if (!id.starts_with(prefix)) return 0;
  const char* const begin = id.data() + prefix.size();
  const char* const end = id.data() + id.size();
  const auto read = std::from_chars(begin, end, number);
  return read.ec == std::errc{} && read.ptr == end && number > 0 ? number : 0;
}

const Alarm* AlarmBook::alarm(const AlarmId& id) const {
  const auto found = alarms_.find(number_in(id.str(), "A-"));
  return found == alarms_.end() ? nullptr : &found->second;
}

const Case* AlarmBook::find_case(const CaseId& id) const {
  auto found = cases_.find(number_in(id.str(), "C-"));
  while (found != cases_.end() && found->second.merged_into != 0) found = cases_.find(found->second.merged_into);
  return found == cases_.end() ? nullptr : &found->second;
}

bool AlarmBook::out_of_service(const LineId& line, const std::string& model) const {
  return out_of_service_.contains({line, model});
}

std::vector<OutOfServiceView> AlarmBook::out_of_service() const {
  std::vector<OutOfServiceView> all;
  for (const auto& [source, view] : out_of_service_) all.push_back(view);
  return all;
}

wire::Priority AlarmBook::priority_of(const Case& its) const {
  wire::Priority highest = wire::Priority::kLow;
  for (const auto number : its.alarms) highest = std::max(highest, alarms_.at(number).priority);
  return highest;
}

std::int64_t AlarmBook::alarm_for(const wire::Finding& finding) const {
  // The newest that fits: a lot has few alarms, and the last raised is the likeliest.
  for (auto at = alarms_.rbegin(); at != alarms_.rend(); ++at) {
    const Alarm& alarm = at->second;
    if (!same_condition(alarm, finding)) continue;
    const Tonnes away = gap(alarm.tonnes, finding.where.tonnes);
    if (!alarm.closed && away <= rules_.merge) return at->first;
    const Tonnes reach = std::max(rules_.settled_reach, alarm.closed_to - alarm.began);
    if (alarm.closed && alarm.settled && !is_one_event(alarm.code) && away <= rules_.unbroken && finding.priority <= alarm.priority &&
        finding.where.tonnes.to - alarm.closed_to <= reach) {
      return at->first;
    }
  }
  return 0;
}

Tonnes AlarmBook::beginning_of(const wire::Finding& finding) const {
  for (auto at = alarms_.rbegin(); at != alarms_.rend(); ++at) {
    const Alarm& alarm = at->second;
    const bool goes_on = alarm.closed && alarm.settled && !is_one_event(alarm.code) && same_condition(alarm, finding) &&
                         gap(alarm.tonnes, finding.where.tonnes) <= rules_.unbroken;
    if (goes_on) return alarm.began;
  }
  return finding.where.tonnes.from;
}

std::int64_t AlarmBook::case_for(const wire::Finding& finding) const {
  for (const auto& [number, its] : cases_) {
    if (!its.open || its.merged_into != 0 || its.lot != finding.where.lot) continue;
    const bool near = its.tonnes.overlaps(finding.where.tonnes) ||
                      (rules_.case_slack > Tonnes{0} && gap(its.tonnes, finding.where.tonnes) <= rules_.case_slack);
    if (near) return number;
  }
  return 0;
}

void AlarmBook::extend(Alarm& alarm, const std::vector<std::int64_t>& findings, TonneInterval tonnes) {
  alarm.tonnes = hull(alarm.tonnes, tonnes);
  alarm.findings.insert(alarm.findings.end(), findings.begin(), findings.end());
  for (const auto number : findings) last_finding_ = std::max(last_finding_, number);
}

void AlarmBook::widen_case(const Alarm& alarm) {
  auto& its = cases_.at(alarm.in_case);
  if (its.open) its.tonnes = hull(its.tonnes, alarm.tonnes);
}

std::vector<record::NewEvent> AlarmBook::take(const std::vector<Suspect>& suspects, Time now) const {
  // Judged on a copy, so that findings of one batch see each other; what comes of it is written down as one event an alarm.
  AlarmBook draft = *this;
  std::vector<std::int64_t> touched;
  std::map<std::int64_t, std::vector<std::int64_t>> added;
  std::set<std::int64_t> asks_again;
  for (const auto& [number, finding] : suspects) {
    std::int64_t target = draft.alarm_for(*finding);
    if (target == 0) {
      target = draft.alarms_.empty() ? 1 : draft.alarms_.rbegin()->first + 1;
      Alarm fresh;
      fresh.number = target;
      fresh.line = finding->line;
      fresh.lot = finding->where.lot;
      fresh.model = finding->model;
      fresh.code = finding->code;
      fresh.label = finding->label;
      fresh.priority = finding->priority;
      fresh.confidence = finding->confidence;
      fresh.strongest = number;
      fresh.tonnes = finding->where.tonnes;
      fresh.began = draft.beginning_of(*finding);
      fresh.in_case = draft.case_for(*finding);
      if (fresh.in_case == 0) {
        fresh.in_case = draft.cases_.empty() ? 1 : draft.cases_.rbegin()->first + 1;
        draft.cases_[fresh.in_case] = Case{fresh.in_case, finding->line, fresh.lot, fresh.tonnes, now, {}, {}};
      }
      draft.cases_.at(fresh.in_case).alarms.insert(target);
      draft.alarms_[target] = std::move(fresh);
    }
    Alarm& alarm = draft.alarms_.at(target);
    // Who acknowledged or shelved it did not know of something worse, or of another object.
    const bool dealt_with = !alarm.acknowledged_by.empty() || alarm.shelved_until;
    if (!alarm.closed && dealt_with && (finding->priority > alarm.priority || is_one_event(alarm.code))) asks_again.insert(target);
    draft.extend(alarm, {number}, finding->where.tonnes);
    if (std::pair(finding->priority, finding->confidence) > std::pair(alarm.priority, alarm.confidence)) {
      alarm.priority = finding->priority;
      alarm.confidence = finding->confidence;
      alarm.strongest = number;
    }
    draft.widen_case(alarm);
    if (added[target].empty()) touched.push_back(target);
    added[target].push_back(number);
  }

  std::vector<record::NewEvent> events;
  for (const auto number : touched) {
    const Alarm& alarm = draft.alarms_.at(number);
    Fields fields;
    fields.set("findings", added[number]).set("alarm", alarm.tonnes).set("strongest", alarm.strongest);
    fields.set("priority", static_cast<std::int64_t>(alarm.priority)).set("confidence", alarm.confidence);
    const bool fresh = !alarms_.contains(number);
    if (asks_again.contains(number)) fields.set("again", true);
    if (fresh) {
      fields.set("case", CaseId("C-" + std::to_string(alarm.in_case)).str()).set("line", alarm.line.str());
      fields.set("lot", alarm.lot.str()).set("model", alarm.model).set("code", alarm.code).set("label", alarm.label);
      fields.set("began_t", alarm.began.value);
    }
    events.push_back({now, UserId{"system"}, fresh ? "alarm_raised" : "alarm_extended", alarm.id().str(), fields.encode()});
  }
  // Alarms that grew may have joined the material of two cases: the younger goes into the older.
  for (const auto number : touched) {
    const std::int64_t grown = draft.alarms_.at(number).in_case;
    for (const auto& [other, its] : draft.cases_) {
      const Case& mine = draft.cases_.at(grown);
      if (other == grown || !its.open || !mine.open || its.merged_into || mine.merged_into || its.lot != mine.lot ||
          !its.tonnes.overlaps(mine.tonnes)) {
        continue;
      }
      const auto [into, from] = std::minmax(other, grown);
      events.push_back({now, UserId{"system"}, "case_merged", "C-" + std::to_string(from),
                        Fields().set("into", "C-" + std::to_string(into)).encode()});
      draft.merge(from, into);
      if (draft.cases_.at(grown).merged_into) break;
    }
  }
  return events;
}

std::vector<record::NewEvent> AlarmBook::classify(const std::vector<Suspect>& classes, Time now) const {
  std::vector<record::NewEvent> events;
  for (const auto& [number, finding] : classes) {
    for (auto at = alarms_.rbegin(); at != alarms_.rend(); ++at) {
      const Alarm& alarm = at->second;
      const TonneInterval seen = finding->where.tonnes;
      if (alarm.code != kInclusion || alarm.line != finding->line || alarm.lot != finding->where.lot ||
          seen.from < alarm.tonnes.from || alarm.tonnes.to < seen.to) {
        continue;
      }
      Fields fields;
      fields.set("finding", number).set("class", finding->label).set("confidence", finding->confidence);
      events.push_back({now, UserId{"system"}, "alarm_classified", alarm.id().str(), fields.encode()});
      break;
    }
  }
  return events;
}

std::vector<record::NewEvent> AlarmBook::returns(const LotId& lot, Tonnes sliced, bool finished, Time now) const {
  std::vector<record::NewEvent> events;
  for (const auto& [number, alarm] : alarms_) {
    if (alarm.lot != lot || alarm.closed || alarm.returned || !alarm.acknowledged_by.empty()) continue;
    if (finished || sliced - alarm.tonnes.to > rules_.merge) {
      events.push_back({now, UserId{"system"}, "alarm_returned", alarm.id().str(), ""});
    }
  }
  return events;
}

std::vector<record::NewEvent> AlarmBook::shelvings_ended(Time now) const {
  std::vector<record::NewEvent> events;
  for (const auto& [number, alarm] : alarms_) {
    if (alarm.shelved_until && *alarm.shelved_until <= now && !alarm.closed) {
      events.push_back({now, UserId{"system"}, "alarm_unshelved", alarm.id().str(),
                        Fields().set("reason", "the time of shelving is over").encode()});
    }
  }
  return events;
}

void AlarmBook::merge(std::int64_t from, std::int64_t into) {
  Case& younger = cases_.at(from);
  Case& older = cases_.at(into);
  for (const auto number : younger.alarms) alarms_.at(number).in_case = into;
  older.alarms.insert(younger.alarms.begin(), younger.alarms.end());
  older.dispositions.insert(older.dispositions.end(), younger.dispositions.begin(), younger.dispositions.end());
  older.tonnes = hull(older.tonnes, younger.tonnes);
  older.escalated = older.escalated || younger.escalated;
  younger.alarms.clear();
  younger.open = false;
  younger.merged_into = into;
}

void AlarmBook::close_case(std::int64_t number, bool settled) {
  Case& its = cases_.at(number);
  its.open = false;
  for (const auto alarm : its.alarms) {
    Alarm& closed = alarms_.at(alarm);
    closed.closed = true;
    closed.settled = settled;
    closed.closed_to = closed.tonnes.to;
    closed.shelved_until.reset();
  }
}

void AlarmBook::unsettle(std::int64_t case_number) {
  for (const auto alarm : cases_.at(case_number).alarms) alarms_.at(alarm).settled = false;
}

void AlarmBook::add_disposition(std::int64_t case_number, std::int64_t disposition) {
  cases_.at(case_number).dispositions.push_back(disposition);
}

void AlarmBook::escalate(std::int64_t case_number) { cases_.at(case_number).escalated = true; }

bool AlarmBook::apply(const record::Event& event, const Fields& fields) {
  const std::string& act = event.what.act;
  if (act == "source_out_of_service" || act == "source_in_service") {
    const std::pair source{LineId{fields.text("line")}, fields.text("model")};
    if (act == "source_out_of_service") {
      out_of_service_[source] = {source.first, source.second, event.what.user, event.what.time, fields.text("reason")};
    } else {
      out_of_service_.erase(source);
    }
    return true;
  }
  if (act == "case_merged") {
    const auto from = number_in(event.what.subject, "C-"), into = number_in(fields.text("into"), "C-");
    if (cases_.contains(from) && cases_.contains(into)) merge(from, into);
    return true;
  }
  if (!act.starts_with("alarm_")) return false;
  const std::int64_t number = number_in(event.what.subject, "A-");
  if (number == 0) return false;
  if (act == "alarm_raised") {
    Alarm alarm;
    alarm.number = number;
    alarm.in_case = number_in(fields.text("case"), "C-");
    alarm.line = LineId{fields.text("line")};
    alarm.lot = LotId{fields.text("lot")};
    alarm.model = fields.text("model");
    alarm.code = fields.text("code");
    alarm.label = fields.text("label");
    alarm.raised = event.what.time;
    alarm.tonnes = fields.tonnes("alarm").value_or(TonneInterval{});
    alarm.began = Tonnes{fields.number("began_t")};
    auto& its = cases_[alarm.in_case];
    if (its.number == 0) its = Case{alarm.in_case, alarm.line, alarm.lot, alarm.tonnes, event.what.time, {}, {}};
    its.alarms.insert(number);
    alarms_[number] = std::move(alarm);
  }
  const auto known = alarms_.find(number);
  if (known == alarms_.end()) return true;
  Alarm& alarm = known->second;
  if (act == "alarm_raised" || act == "alarm_extended") {
    extend(alarm, fields.integers("findings"), fields.tonnes("alarm").value_or(alarm.tonnes));
    alarm.priority = priority_from(fields.integer("priority"));
    alarm.confidence = fields.number("confidence");
    alarm.strongest = fields.integer("strongest");
    alarm.updated = event.what.time;
    alarm.returned = false;
    if (fields.flag("again")) {
      alarm.acknowledged_by = UserId{};
      alarm.shelved_until.reset();
    }
    widen_case(alarm);
  } else if (act == "alarm_classified") {
    double& best = alarm.classes[fields.text("class")];
    best = std::max(best, fields.number("confidence"));
    last_class_ = std::max(last_class_, fields.integer("finding"));
  } else if (act == "alarm_returned") {
    alarm.returned = true;
  } else if (act == "alarm_acknowledged") {
    alarm.acknowledged_by = event.what.user;
  } else if (act == "alarm_shelved") {
    alarm.shelved_until = Time{fields.integer("until_ns")};
  } else if (act == "alarm_unshelved") {
    alarm.shelved_until.reset();
  }
  return true;
}

}  // namespace beltwarden::control
