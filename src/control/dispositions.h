// What officers decided: about cases and about lots. Folded from events; the rules of who may decide what are here too.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/fields.h"
#include "control/views.h"
#include "record/event.h"

namespace beltwarden::control {

/// Code of the reason that the site acts on, and of the alarms that it may be given for.
inline constexpr std::string_view kNaturalOre = "natural_ore", kNaturalAlarm = "natural_radioactivity_high";

/// What a kind of disposition of a case does. docs/control.md has the table.
struct CaseKind {
  const char* kind;
  bool resolves;                                    ///< the case is disposed and no longer blocks the lot
  bool settles;                                     ///< the same condition, going on unbroken, asks nobody again for a while
  bool asks_site;                                   ///< a command goes out and is answered
};
/// Nothing for an unknown kind.
std::optional<CaseKind> case_kind(const std::string& kind);
bool is_lot_kind(const std::string& kind);          ///< release hold resume reject

/// Where officers' decisions have brought a lot, whatever its tonnes say.
struct LotDecisions {
  bool held = false, rejected = false;
  std::optional<Time> released;
  std::int64_t waiting = 0;                         ///< the disposition (release or reject) that waits for a second officer
};

class DispositionBook {
 public:
  /// True when the event was about a disposition.
  bool apply(const record::Event& event, const Fields& fields);

  std::int64_t next_number() const { return all_.empty() ? 1 : all_.rbegin()->first + 1; }
  static std::string id_of(std::int64_t number) { return "D-" + std::to_string(number); }

  const std::map<std::int64_t, DispositionView>& all() const { return all_; }
  const DispositionView* find(const std::string& id) const;
  LotDecisions lot(const LotId& id) const;
  /// Held intervals of the lot that stand: neither has a second officer signed them nor anybody lifted them.
  std::vector<const DispositionView*> open_holds(const LotId& lot) const;
  /// Those that wait for the site's answer.
  std::vector<const DispositionView*> waiting_for_site() const;
  /// Cases that were explained as the ore's own radioactivity and not withdrawn: what their brands are expected to hold.
  std::vector<const DispositionView*> explained_natural() const;
  /// Those that were withdrawn, when and by whom.
  struct Withdrawn {
    const DispositionView* disposition = nullptr;
    Time time;
    UserId by;
  };
  std::vector<Withdrawn> withdrawn_natural() const;
  /// What others have explained of the same brand, or of the same lot where it has none: the highest level of each series and unit.
  std::vector<material::NaturalLevel> levels_left(const DispositionView& withdrawn) const;
  /// True when the one who proposed the release saw this blocker, as it is now and over all of its tonnes.
  bool accepts(const std::string& id, const Blocker& blocker) const;

  /// The event that writes a new disposition down. `name` and `role` are those of the moment.
  static record::NewEvent made(const DispositionView& disposition, const std::vector<Blocker>& blockers);

 private:
  std::map<std::int64_t, DispositionView> all_;
  struct Accepted {
    std::vector<TonneInterval> stretches;           ///< sorted, disjoint
  };
  std::map<std::string, std::map<std::string, Accepted>> accepted_;  ///< by disposition and the blocker's key
  std::map<LotId, LotDecisions> lots_;
  struct Signature {
    Time time;
    UserId by;
  };
  std::map<std::int64_t, Signature> withdrawn_;
};

}  // namespace beltwarden::control
