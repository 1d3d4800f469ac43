// How the tracker's notes are called where people see them: on the PLC's page, as causes of what was lost or odd.
#pragma once

#include "material/line_tracker.h"

namespace beltwarden::material {

/// The cause under which the PLC's health counts whole tonnes that belong to no lot.
inline constexpr const char* kTonnesOfNoLot = "tonnes of no lot";

inline const char* name_of(TrackerNote::Kind kind) {
  using Kind = TrackerNote::Kind;
  switch (kind) {
    case Kind::kTotaliserReset: return "totaliser set back";
    case Kind::kTotaliserJump: return "totaliser jumped";
    case Kind::kEncoderJump: return "encoder jumped";
    case Kind::kSlip: return "belt slipped";
    case Kind::kClockWentBack: return "clock went back";
    case Kind::kUnknownInstrument: return "reading of an unknown instrument";
    case Kind::kUnplannedLot: return "lot nobody planned";
    case Kind::kGap: return "reading without tonnes";
    case Kind::kDuplicate: return "reading came twice";
    case Kind::kLatePoll: return "poll came late";
  }
  return "";
}

}  // namespace beltwarden::material
