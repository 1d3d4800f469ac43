// Readings that know which tonnes they saw.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/units.h"
#include "material/reading.h"

namespace beltwarden::material {

/// A stretch of one lot's tonne marks.
struct LotInterval {
  LotId lot;
  TonneInterval tonnes;
  auto operator<=>(const LotInterval&) const = default;
};

/// What the center told the site about a lot before it arrives: the declaration the inspectors judge against.
struct LotPlan {
  LotId lot;
  std::int32_t feed_number = 0;                     ///< what the PLC shows while this lot is fed; from 1, unique in a call
  CallId call;
  ConsignmentId consignment;
  std::string commodity, hs_code, brand, origin, consignee;
  double declared_mass_t = 0;                       ///< wet tonnes
  std::map<std::string, double> declared_composition;  ///< element or oxide -> % of dry mass; "moisture" -> % of wet mass
};

/// A slice of a lot that every instrument of the line has passed: now it can be judged.
struct SliceClosed {
  LotInterval interval;
  Time first, last;                                 ///< when its tonnes passed the datum
  bool last_of_lot = false;                         ///< no more tonnes of this lot are on the belt or announced
  std::map<InstrumentId, std::vector<TonneInterval>> seen;  ///< coverage of each instrument within the slice, sorted, disjoint
};

/// `CommandTaken::kind` by which an officer's word is journaled that what was raised over these tonnes is the ore's own.
inline constexpr const char* kNaturalOreExplained = "explain_natural_ore";
/// And the kind by which a supervisor takes such a word back: `levels` are what is left of all that was said of the brand (or lot).
inline constexpr const char* kNaturalOreWithdrawn = "withdraw_natural_ore";

/// A series of the ore's own radioactivity as a finding gave it.
struct NaturalLevel {
  std::string series;                               ///< "K-40", "U-238" or "Th-232"
  double level = 0;
  std::string unit;                                 ///< "Bq/kg", or "cps" at 100 kg/m where nothing is weighed
  bool operator==(const NaturalLevel&) const = default;
};

/// What a command from the center became at the site, for the record and for replay.
struct CommandTaken {
  std::string command_id;
  std::string kind;                                 ///< "order_sample", "request_stop", ...
  std::string requested_by;
  std::string detail;
  std::string brand = {};                           ///< of what is explained as natural ore; empty: of its lot alone
  std::vector<NaturalLevel> levels = {};            ///< what it is expected to hold from then on
};

using ObservationPayload =
    std::variant<BeltReading, SpectrumReading, FrameReading, GammaReading, CutterReading, StopAnswerReading, HealthReading,
                 LotPlan, SliceClosed, CommandTaken>;

/// A reading stamped with site, line, lot, time and tonne interval. The journal holds these, the inspectors see
/// nothing else: the same observations in the same order give the same findings.
struct Observation {
  EntryId id;                                       ///< of its journal entry; sequence 0 until it is appended
  LineId line;
  InstrumentId instrument;                          ///< empty for plans, closed slices and commands
  std::uint64_t device_sequence = 0;
  Time time;
  Time received;
  std::vector<LotInterval> intervals;               ///< the tonnes it saw; empty = empty belt or between lots; more than one
                                                    ///< where a lot boundary ran through its field of view
  ObservationPayload payload;
};

}  // namespace beltwarden::material
