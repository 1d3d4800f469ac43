// Increments due by tonnes against increments confirmed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/units.h"

namespace beltwarden::sampling {

/// One lot's increments. Increment n is due at the middle of its stratum of `interval` tonnes.
class IncrementLedger {
 public:
  explicit IncrementLedger(Tonnes interval) : interval_(interval) {}

  /// The sampler says that it took (`confirmed`) or did not take increment `number` (from 1). Others than planned ones
  /// (number 0, or far beyond what can be due) are counted as extra. The same again changes nothing.
  void answer(std::uint32_t number, bool confirmed, double mass_kg);

  struct Missed {
    std::uint32_t number = 0;
    Tonnes mark;
    bool refused = false;              ///< the sampler said that it did not; otherwise it said nothing
  };
  /// Increments due before `mark` that have not been confirmed, each reported once. Call with rising marks, late enough
  /// for the sampler's answer.
  std::vector<Missed> missed_before(Tonnes mark);

  std::uint32_t due_before(Tonnes mark) const;
  std::uint32_t taken() const { return taken_; }
  std::uint32_t extra() const { return extra_; }
  Tonnes interval() const { return interval_; }

 private:
  struct Answer {
    bool confirmed = false;
    double mass_kg = 0;
  };
  Tonnes interval_;
  std::map<std::uint32_t, Answer> answers_;  // not yet checked
  std::uint32_t checked_ = 0;                // every increment up to this one has been judged
  std::uint32_t taken_ = 0, extra_ = 0;
};

}  // namespace beltwarden::sampling
