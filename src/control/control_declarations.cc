// Declarations in, lot plans out.
#include <algorithm>

#include "control/state.h"

namespace beltwarden::control {
namespace {

Fields fields_of(const Declaration& declaration) {
  Fields fields;
  fields.set("hs_code", declaration.hs_code).set("brand", declaration.brand).set("origin", declaration.origin);
  fields.set("consignee", declaration.consignee).set("ship", declaration.ship).set("call", declaration.call);
  fields.set("lot", declaration.lot).set("commodity", declaration.commodity).set("line", declaration.line);
  fields.set("feed_number", declaration.feed_number).set("mass_t", declaration.mass_t);
  for (const auto& [name, percent] : declaration.composition) fields.set("composition." + name, percent);
  return fields;
}

}  // namespace

void Control::State::fold_declaration(const record::Event& event, const Fields& fields) {
  Declaration declaration;
  declaration.number = event.what.subject;
  declaration.hs_code = fields.text("hs_code");
  declaration.brand = fields.text("brand");
  declaration.origin = fields.text("origin");
  declaration.consignee = fields.text("consignee");
  declaration.ship = fields.text("ship");
  declaration.call = fields.text("call");
  declaration.lot = fields.text("lot");
  declaration.commodity = fields.text("commodity");
  declaration.line = fields.text("line");
  declaration.feed_number = fields.integer("feed_number");
  declaration.mass_t = fields.number("mass_t");
  const std::string prefix = "composition.";
  for (const auto& [name, value] : fields.all()) {
    if (name.starts_with(prefix)) declaration.composition[name.substr(prefix.size())] = fields.number(name);
  }
  const std::string command = "plan:" + declaration.number + "@" + std::to_string(event.what.time.ns / 1'000'000);
  declarations[event.what.subject] = {std::move(declaration), event.what.time, event.what.user, command};
}

Result<ImportOutcome> Control::import_declarations(const Actor& actor, const std::vector<Declaration>& imported) {
  std::vector<Change> changes;
  std::vector<wire::SiteCommand> commands;
  auto done = [&]() -> Result<ImportOutcome> {
    std::lock_guard lock(state_->mutex);
    if (!sees_inspection(actor.role)) return may_not(actor, "import declarations");
    ImportOutcome outcome;
    outcome.errors = check(imported);
    if (imported.empty()) outcome.errors.push_back({0, "", "expected at least one declaration"});
    if (!outcome.errors.empty()) return outcome;

    record::Record::Acts acts;
    std::vector<std::string> fresh;
    std::uint32_t row = 0;
    for (const auto& declaration : imported) {
      ++row;
      const auto clash = [&](const char* field, std::string message) {
        outcome.errors.push_back({row, field, std::move(message)});
        outcome.conflict = true;
      };
      const auto& lines = state_->options.lines;
      const bool known_line = declaration.line.empty() || std::any_of(lines.begin(), lines.end(), [&](const LineOptions& line) {
        return line.line.str() == declaration.line;
      });
      if (!known_line) outcome.errors.push_back({row, "line", "there is no line \"" + declaration.line + "\" here"});
      const auto same = state_->declarations.find(declaration.number);
      if (same != state_->declarations.end() && same->second.declaration == declaration) {
        ++outcome.unchanged;
        outcome.numbers.push_back(declaration.number);
        continue;
      }
      if (same != state_->declarations.end()) {
        const LotId lot{same->second.declaration.lot};
        const LotState state = state_->lot_state(lot, state_->record.lot(lot));
        if (state != LotState::kDeclared) {
          clash("number", "declaration " + declaration.number + " is known with other contents, and its lot is " + to_string(state));
        }
      }
      for (const auto& [number, other] : state_->declarations) {
        if (number == declaration.number) continue;
        if (other.declaration.lot == declaration.lot) clash("lot", "lot " + declaration.lot + " is declared by " + number + " already");
        if (other.declaration.call == declaration.call && other.declaration.feed_number == declaration.feed_number) {
          clash("feed_number", "feed number " + std::to_string(declaration.feed_number) + " of call " + declaration.call +
                                   " belongs to " + number + " already");
        }
      }
      acts.events.push_back(state_->event(actor, "declaration_imported", declaration.number, fields_of(declaration)));
      fresh.push_back(declaration.number);
    }
    if (!outcome.errors.empty()) return outcome;
    if (!acts.events.empty()) {
      if (auto acted = state_->act(acts, changes); !acted) return acted.error();
    }
    for (const auto& number : fresh) {
      const auto& entry = state_->declarations.at(number);
      commands.push_back({entry.command_id, state_->line_of(entry), entry.imported, entry.by.str(), plan_of(entry.declaration)});
      outcome.numbers.push_back(number);
    }
    outcome.accepted = static_cast<std::uint32_t>(fresh.size());
    return outcome;
  }();
  state_->tell(changes);
  state_->send(commands);
  return done;
}

std::vector<DeclarationView> Control::declarations(const Actor& actor) const {
  std::lock_guard lock(state_->mutex);
  std::vector<DeclarationView> views;
  for (const auto& [number, entry] : state_->declarations) {
    if (actor.role == Role::kConsignee && entry.declaration.consignee != actor.consignee) continue;
    const LotId lot{entry.declaration.lot};
    views.push_back({entry.declaration, entry.imported, entry.by.str(),
                     to_string(state_->lot_state(lot, state_->record.lot(lot)))});
  }
  return views;
}

}  // namespace beltwarden::control
