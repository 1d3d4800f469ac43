#include "control/clearance.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <utility>

#include "material/intervals.h"

namespace beltwarden::control {
namespace {

constexpr std::size_t kHolesListed = 10;

void add_coverage(const ClearanceInput& input, const std::string& model, std::vector<Blocker>& found) {
  const auto row = std::find_if(input.coverage.begin(), input.coverage.end(),
                                [&](const record::CoverageRow& c) { return c.of_model && c.name == model; });
  const TonneInterval judged{Tonnes{0}, input.row ? input.row->sliced : Tonnes{0}};
  if (row != input.coverage.end() && !row->fitted) {
    found.push_back({"model_not_fitted", "the required model " + model + " is not fitted and has judged nothing", model,
                     judged});
    return;
  }
  if (judged.empty()) return;  // nothing has been sliced: not_finished says so
  auto holes = material::holes(row == input.coverage.end() ? std::vector<TonneInterval>{} : row->covered, judged);
  std::erase_if(holes, [&](const TonneInterval& hole) { return hole.mass() <= input.ignored_hole; });
  for (std::size_t i = 0; i < holes.size() && i < kHolesListed; ++i) {
    found.push_back({"coverage_hole", "the required model " + model + " has not judged " + tonnes_text(holes[i]), model,
                     holes[i]});
  }
  if (holes.size() > kHolesListed) {
    const std::vector<TonneInterval> rest(holes.begin() + kHolesListed, holes.end());
    found.push_back({"coverage_hole",
                     "the required model " + model + " has not judged " + std::to_string(rest.size()) +
                         " more stretches, " + mass_text(material::total(rest)) + " in all",
                     model, TonneInterval{rest.front().from, rest.back().to}, "", rest});
  }
}

std::string name_of(const ClearanceInput::Journal& journal) {
  return journal.part.site.str() + "/" + std::to_string(journal.part.epoch);
}

/// The sequences of a journal that may speak of the lot. Entries before it was announced and after its last slice are not
/// about it; a lot whose announcement never came may have begun in a gap.
std::pair<std::uint64_t, std::uint64_t> sequences_of(const record::LotEpoch& part) {
  return {part.announced ? part.first_sequence : 0,
          part.ended ? part.last_sequence : std::numeric_limits<std::uint64_t>::max()};
}

void add_unreadable(const ClearanceInput::Journal& journal, std::vector<Blocker>& found) {
  const auto [first, last] = sequences_of(journal.part);
  std::vector<std::uint64_t> within;
  for (const auto sequence : journal.unreadable) {
    if (sequence >= first && sequence <= last) within.push_back(sequence);
  }
  if (within.empty()) return;
  const std::string name = name_of(journal);
  std::string which;
  for (std::size_t i = 0; i < within.size() && i < kHolesListed; ++i) which += (i ? ", " : "") + std::to_string(within[i]);
  if (within.size() > kHolesListed) which += " and " + std::to_string(within.size() - kHolesListed) + " more";
  found.push_back({"unreadable_entry",
                   (within.size() == 1 ? "entry " : "entries ") + which + " of " + name +
                       " arrived and could not be read: whatever was in it has not been judged",
                   name, std::nullopt, std::to_string(within.size())});
}

void add_gaps(const ClearanceInput::Journal& journal, std::vector<Blocker>& found) {
  const auto [first, last] = sequences_of(journal.part);
  for (const auto& gap : journal.receipt.gaps()) {
    if (gap.last < first || gap.first > last) continue;
    const std::string name = name_of(journal);
    found.push_back({"sequence_gap",
                     "entries " + std::to_string(gap.first) + " to " + std::to_string(gap.last) + " of " + name +
                         " have not arrived",
                     name + "/" + std::to_string(gap.first), std::nullopt});
  }
}

/// A journal in which the lot never ended, and a later one of the same site goes on with it: how much the old one still held
/// when its disk died is known to nobody.
void add_replaced(const ClearanceInput& input, std::vector<Blocker>& found) {
  for (std::size_t i = 0; i + 1 < input.journals.size(); ++i) {
    const auto& journal = input.journals[i];
    if (journal.part.ended || input.journals[i + 1].part.site != journal.part.site) continue;
    found.push_back({"journal_replaced",
                     "the journal " + name_of(journal) + " was replaced while the lot was under way: what followed its entry " +
                         std::to_string(journal.receipt.highest()) + " has not arrived",
                     name_of(journal), std::nullopt});
  }
}

void add_instruments(const ClearanceInput& input, std::vector<Blocker>& found) {
  using State = material::HealthReading::State;
  for (const auto& instrument : input.instruments) {
    const auto& required = input.required_instruments;
    if (!required.empty() && std::find(required.begin(), required.end(), instrument.instrument) == required.end()) continue;
    const State state = instrument.health.state;
    if (state != State::kFaulty && state != State::kDisconnected) continue;
    found.push_back({"instrument_sick",
                     instrument.instrument.str() + " is " + (state == State::kFaulty ? "faulty" : "disconnected") +
                         (instrument.health.message.empty() ? "" : ": " + instrument.health.message),
                     instrument.instrument.str(), std::nullopt, state == State::kFaulty ? "faulty" : "disconnected"});
  }
}

}  // namespace

std::string mass_text(Tonnes mass) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f t", mass.value);
  return text;
}

std::string tonnes_text(TonneInterval tonnes) {
  char text[96];
  std::snprintf(text, sizeof text, "%.1f to %.1f t", tonnes.from.value, tonnes.to.value);
  return text;
}

std::vector<Blocker> blockers(const ClearanceInput& input) {
  std::vector<Blocker> found;
  const Tonnes passed = input.row ? input.row->passed : Tonnes{0};
  const Tonnes sliced = input.row ? input.row->sliced : Tonnes{0};
  if (!input.row || !input.row->finished) {
    const std::string declared = input.declared_mass_t > 0 ? " of " + mass_text(Tonnes{input.declared_mass_t}) + " declared" : "";
    found.push_back({"not_finished", mass_text(passed) + declared + " have passed, and the lot has not ended", input.lot.str(),
                     TonneInterval{sliced, std::max(passed, Tonnes{input.declared_mass_t})}});
    found.back().overridable = false;  // what has not passed can have been seen by nobody
  }
  for (const auto& model : input.required_models) add_coverage(input, model, found);
  for (const auto& journal : input.journals) add_gaps(journal, found);
  for (const auto& journal : input.journals) add_unreadable(journal, found);
  add_replaced(input, found);
  for (const auto& its : input.open_cases) {
    found.push_back({"case_open", "case " + its.id.str() + " (" + its.code + ", " + tonnes_text(its.tonnes) + ") is not disposed",
                     its.id.str(), its.tonnes, std::to_string(its.findings)});
  }
  add_instruments(input, found);
  for (const auto& hold : input.holds) {
    found.push_back({"held_interval", "held by " + hold.disposition + (hold.tonnes ? ": " + tonnes_text(*hold.tonnes) : ""),
                     hold.disposition, hold.tonnes});
  }
  if (input.held) found.push_back({"lot_held", "the lot is held", input.lot.str(), std::nullopt});
  return found;
}

std::vector<CoverageView> coverage_views(const std::vector<record::CoverageRow>& rows, bool of_models,
                                         const std::vector<std::string>& required, Tonnes sliced) {
  std::vector<CoverageView> views;
  const auto is_required = [&](const std::string& name) {
    return of_models && std::find(required.begin(), required.end(), name) != required.end();
  };
  for (const auto& row : rows) {
    if (row.of_model != of_models) continue;
    const Tonnes covered = material::total(material::clipped(row.covered, {Tonnes{0}, sliced}));
    views.push_back({row.name, row.fitted, is_required(row.name), sliced > Tonnes{0} ? covered / sliced : 0, row.covered});
  }
  if (of_models) {
    // A required model that has never said anything is shown with nothing covered.
    for (const auto& name : required) {
      const bool known = std::any_of(views.begin(), views.end(), [&](const CoverageView& view) { return view.name == name; });
      if (!known) views.push_back({name, false, true, 0, {}});
    }
  }
  return views;
}

}  // namespace beltwarden::control
