#include "control/dispositions.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "control/alarms.h"
#include "material/intervals.h"

namespace beltwarden::control {
namespace {

// kind, resolves, settles, asks_site
constexpr CaseKind kCaseKinds[] = {
    {"explain", true, true, false},          {"watch", false, false, false},
    {"order_sample", false, false, true},    {"request_stop", false, false, true},
    {"remove_object", true, false, false},   {"hold_interval", true, false, false},
    {"refer_laboratory", true, true, false}, {"escalate", false, false, false},
};

std::string key_of(const Blocker& blocker) {
  return blocker.code + " " + blocker.about + (blocker.state.empty() ? "" : " " + blocker.state);
}

std::vector<TonneInterval> stretches_of(const Blocker& blocker) {
  if (!blocker.stretches.empty()) return blocker.stretches;
  return blocker.tonnes ? std::vector{*blocker.tonnes} : std::vector<TonneInterval>{};
}

// One line a blocker: its key, then a tab and "from to" for each of its stretches.
std::string line_of(const Blocker& blocker) {
  std::string line = key_of(blocker);
  for (const auto& stretch : stretches_of(blocker)) {
    char text[80];
    std::snprintf(text, sizeof text, "\t%.17g %.17g", stretch.from.value, stretch.to.value);
    line += text;
  }
  return line;
}

// "series level unit", a line each.
std::string text_of(const std::vector<material::NaturalLevel>& levels) {
  std::string text;
  for (const auto& one : levels) {
    char number[40];
    std::snprintf(number, sizeof number, " %.17g ", one.level);
    text += one.series + number + one.unit + "\n";
  }
  return text;
}

std::vector<material::NaturalLevel> levels_of(const std::string& text) {
  std::vector<material::NaturalLevel> levels;
  std::istringstream lines(text);
  for (material::NaturalLevel one; lines >> one.series >> one.level >> one.unit;) levels.push_back(one);
  return levels;
}

}  // namespace

std::optional<CaseKind> case_kind(const std::string& kind) {
  for (const auto& known : kCaseKinds) {
    if (kind == known.kind) return known;
  }
  return std::nullopt;
}

bool is_lot_kind(const std::string& kind) {
  return kind == "release" || kind == "hold" || kind == "resume" || kind == "reject";
}

record::NewEvent DispositionBook::made(const DispositionView& disposition, const std::vector<Blocker>& blockers) {
  Fields fields;
  fields.set("kind", disposition.kind).set("lot", disposition.lot.str()).set("reason", disposition.reason);
  fields.set("name", disposition.name).set("role", disposition.role).set("state", to_string(disposition.state));
  if (!disposition.note.empty()) fields.set("note", disposition.note);
  if (!disposition.code.empty()) fields.set("code", disposition.code);
  if (!disposition.brand.empty()) fields.set("brand", disposition.brand);
  if (!disposition.levels.empty()) fields.set("levels", text_of(disposition.levels));
  if (!disposition.in_case.empty()) fields.set("case", disposition.in_case.str());
  if (disposition.tonnes) fields.set("material", *disposition.tonnes);
  if (disposition.epoch != 0) fields.set("epoch", static_cast<std::int64_t>(disposition.epoch));
  if (disposition.override_blockers) {
    fields.set("override", true);
    std::string keys;
    for (const auto& blocker : blockers) keys += line_of(blocker) + "\n";
    fields.set("blockers", keys);
  }
  return {disposition.time, disposition.by, disposition.in_case.empty() ? "lot_disposed" : "case_disposed", disposition.id,
          fields.encode()};
}

bool DispositionBook::apply(const record::Event& event, const Fields& fields) {
  const std::string& act = event.what.act;
  const std::int64_t number = number_in(event.what.subject, "D-");
  if (act == "case_disposed" || act == "lot_disposed") {
    DispositionView made;
    made.id = event.what.subject;
    made.kind = fields.text("kind");
    made.by = event.what.user;
    made.name = fields.text("name");
    made.role = fields.text("role");
    made.time = event.what.time;
    made.reason = fields.text("reason");
    made.note = fields.text("note");
    made.code = fields.text("code");
    made.brand = fields.text("brand");
    made.levels = levels_of(fields.text("levels"));
    made.lot = LotId{fields.text("lot")};
    made.in_case = CaseId{fields.text("case")};
    made.tonnes = fields.tonnes("material");
    made.epoch = static_cast<std::uint64_t>(std::max<std::int64_t>(0, fields.integer("epoch")));
    made.override_blockers = fields.flag("override");
    const std::string state = fields.text("state");
    if (state == "waiting_second") made.state = DispositionState::kWaitingSecond;
    if (state == "waiting_answer") made.state = DispositionState::kWaitingAnswer;
    // A hold stands from the first signature on. It was written down as waiting once.
    if (state == "standing" || made.kind == "hold_interval") made.state = DispositionState::kStanding;
    std::string keys = fields.text("blockers");
    for (std::size_t end; (end = keys.find('\n')) != std::string::npos; keys.erase(0, end + 1)) {
      const std::string line = keys.substr(0, end);
      auto tab = line.find('\t');
      auto& stretches = accepted_[made.id][line.substr(0, tab)].stretches;
      for (; tab != std::string::npos; tab = line.find('\t', tab + 1)) {
        double from = 0, to = 0;
        if (std::sscanf(line.c_str() + tab + 1, "%lg %lg", &from, &to) == 2) stretches.push_back({Tonnes{from}, Tonnes{to}});
      }
      stretches = material::merged(std::move(stretches), Tonnes{0});
    }
    if (act == "lot_disposed") {
      LotDecisions& lot = lots_[made.lot];
      if (made.state == DispositionState::kWaitingSecond) {
        lot.waiting = number;
      } else if (made.kind == "release") {
        lot.released = made.time;
      } else if (made.kind == "hold") {
        // A hold takes back what waited for a second signature.
        if (auto waiting = all_.find(lot.waiting); waiting != all_.end()) waiting->second.state = DispositionState::kRefused;
        lot.held = true;
        lot.waiting = 0;
      } else if (made.kind == "resume") {
        lot.held = false;
      }
    }
    all_[number] = std::move(made);
    return true;
  }
  if (!act.starts_with("disposition_")) return false;
  const auto known = all_.find(number);
  if (known == all_.end()) return true;
  DispositionView& disposition = known->second;
  if (act == "disposition_consented") {
    disposition.second = SecondSignature{event.what.user, fields.text("name"), event.what.time, fields.text("reason")};
    disposition.state = DispositionState::kDone;
    LotDecisions& lot = lots_[disposition.lot];
    if (disposition.in_case.empty()) lot.waiting = 0;
    if (disposition.kind == "release") lot.released = event.what.time;
    if (disposition.kind == "reject") lot.rejected = true;
  } else if (act == "disposition_answered") {
    disposition.state = fields.flag("accepted") ? DispositionState::kAnswered : DispositionState::kRefused;
    disposition.answer = fields.text("answer");
  } else if (act == "disposition_lifted") {
    disposition.state = DispositionState::kLifted;
    disposition.answer = fields.text("reason");
  } else if (act == "disposition_withdrawn") {
    disposition.state = DispositionState::kWithdrawn;
    disposition.answer = fields.text("reason");
    withdrawn_[number] = {event.what.time, event.what.user};
  }
  return true;
}

const DispositionView* DispositionBook::find(const std::string& id) const {
  const auto found = all_.find(number_in(id, "D-"));
  return found == all_.end() ? nullptr : &found->second;
}

LotDecisions DispositionBook::lot(const LotId& id) const {
  const auto found = lots_.find(id);
  return found == lots_.end() ? LotDecisions{} : found->second;
}

std::vector<const DispositionView*> DispositionBook::open_holds(const LotId& lot) const {
  std::vector<const DispositionView*> holds;
  for (const auto& [number, disposition] : all_) {
    if (disposition.kind == "hold_interval" && disposition.lot == lot &&
        disposition.state == DispositionState::kStanding) {
      holds.push_back(&disposition);
    }
  }
  return holds;
}

std::vector<const DispositionView*> DispositionBook::waiting_for_site() const {
  std::vector<const DispositionView*> waiting;
  for (const auto& [number, disposition] : all_) {
    if (disposition.state == DispositionState::kWaitingAnswer) waiting.push_back(&disposition);
  }
  return waiting;
}

std::vector<const DispositionView*> DispositionBook::explained_natural() const {
  std::vector<const DispositionView*> explained;
  for (const auto& [number, disposition] : all_) {
    if (disposition.code == kNaturalOre && !disposition.levels.empty() && disposition.state != DispositionState::kWithdrawn) explained.push_back(&disposition);
  }
  return explained;
}

std::vector<DispositionBook::Withdrawn> DispositionBook::withdrawn_natural() const {
  std::vector<Withdrawn> withdrawn;
  for (const auto& [number, signature] : withdrawn_) withdrawn.push_back({&all_.at(number), signature.time, signature.by});
  return withdrawn;
}

std::vector<material::NaturalLevel> DispositionBook::levels_left(const DispositionView& withdrawn) const {
  std::vector<material::NaturalLevel> left;
  for (const auto* other : explained_natural()) {
    if (other->brand != withdrawn.brand || (withdrawn.brand.empty() && other->lot != withdrawn.lot)) continue;
    for (const auto& one : other->levels) {
      const auto same = std::ranges::find_if(left, [&](const auto& known) { return known.series == one.series && known.unit == one.unit; });
      if (same == left.end()) left.push_back(one);
      else same->level = std::max(same->level, one.level);
    }
  }
  return left;
}

bool DispositionBook::accepts(const std::string& id, const Blocker& blocker) const {
  if (!blocker.overridable) return false;
  const auto by_key = accepted_.find(id);
  if (by_key == accepted_.end()) return false;
  const auto seen = by_key->second.find(key_of(blocker));
  if (seen == by_key->second.end()) return false;
  const auto stretches = stretches_of(blocker);
  return std::all_of(stretches.begin(), stretches.end(), [&](const TonneInterval& stretch) {
    return std::any_of(seen->second.stretches.begin(), seen->second.stretches.end(), [&](const TonneInterval& signed_for) {
      return signed_for.from <= stretch.from && stretch.to <= signed_for.to;
    });
  });
}

}  // namespace beltwarden::control
