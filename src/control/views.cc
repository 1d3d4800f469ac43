#include "control/views.h"

namespace beltwarden::control {

std::string to_string(AlarmState state) {
  switch (state) {
    case AlarmState::kUnacknowledged: return "unacknowledged";
    case AlarmState::kAcknowledged: return "acknowledged";
    case AlarmState::kReturned: return "returned";
    case AlarmState::kShelved: return "shelved";
    case AlarmState::kSuppressed: return "suppressed";
    case AlarmState::kOutOfService: return "out_of_service";
    case AlarmState::kClosed: return "closed";
  }
  return "";
}

std::string to_string(wire::Priority priority) {
  switch (priority) {
    case wire::Priority::kNone: return "none";
    case wire::Priority::kLow: return "low";
    case wire::Priority::kMedium: return "medium";
    case wire::Priority::kHigh: return "high";
    case wire::Priority::kCritical: return "critical";
  }
  return "";
}

std::string to_string(wire::Verdict verdict) {
  switch (verdict) {
    case wire::Verdict::kOk: return "ok";
    case wire::Verdict::kSuspect: return "suspect";
    case wire::Verdict::kDontKnow: return "dont_know";
  }
  return "";
}

std::string to_string(DispositionState state) {
  switch (state) {
    case DispositionState::kDone: return "done";
    case DispositionState::kWaitingSecond: return "waiting_second";
    case DispositionState::kWaitingAnswer: return "waiting_answer";
    case DispositionState::kAnswered: return "answered";
    case DispositionState::kRefused: return "refused";
    case DispositionState::kStanding: return "standing";
    case DispositionState::kLifted: return "lifted";
    case DispositionState::kWithdrawn: return "withdrawn";
  }
  return "";
}

std::string to_string(LotState state) {
  switch (state) {
    case LotState::kDeclared: return "declared";
    case LotState::kDischarging: return "discharging";
    case LotState::kInspected: return "inspected";
    case LotState::kReleaseProposed: return "release_proposed";
    case LotState::kReleased: return "released";
    case LotState::kHeld: return "held";
    case LotState::kRejected: return "rejected";
  }
  return "";
}

}  // namespace beltwarden::control
