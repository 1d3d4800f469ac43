// The acts that control's state is made of: append-only and hash-chained.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "base/hash.h"
#include "base/ids.h"
#include "base/time.h"

namespace beltwarden::record {

/// What control asks to be written down. Texts are UTF-8 without NUL.
struct NewEvent {
  Time time;
  UserId user;                                      ///< "system" for what nobody did by hand
  std::string act;                                  ///< "alarm_acknowledged", "lot_released", ...
  std::string subject;                              ///< the alarm, case, lot, user ... it is about
  std::string payload;                              ///< control's own encoding; the record does not look inside
};

struct Event {
  std::int64_t number = 0;                          ///< from 1, without holes
  NewEvent what;
  Sha256 previous_hash{};                           ///< zero for the first
  Sha256 hash{};                                    ///< of all the above
};

/// SHA-256 over previous hash, number and every field, each text preceded by its length (docs/record.md).
Sha256 event_hash(const Event& event);

/// Outcome of walking the chain.
struct ChainReport {
  bool whole = true;
  std::int64_t entries = 0;
  Sha256 head{};                                    ///< of the last good entry
  std::optional<std::int64_t> first_bad;            ///< number of the first entry that does not fit
  std::string message;                              ///< what is wrong with it
};

/// A walk along the chain, under way.
struct ChainWalk {
  ChainReport report;                               ///< of what has been walked
  std::int64_t after = std::numeric_limits<std::int32_t>::min();
  bool done = false;                                ///< the end was reached
};

}  // namespace beltwarden::record
