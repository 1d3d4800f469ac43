#include "science/sampling/ledger.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::sampling {
namespace {
constexpr std::uint32_t kFarAhead = 1000;  // increments: a number beyond is not of this plan
}

void IncrementLedger::answer(std::uint32_t number, bool confirmed, double mass_kg) {
  if (number == 0 || number > checked_ + kFarAhead) {
    extra_ += confirmed;
    return;
  }
  if (number <= checked_) return;  // judged already: a late or repeated answer
  auto& known = answers_[number];
  if (confirmed && !known.confirmed) ++taken_;
  known.confirmed = known.confirmed || confirmed;
  known.mass_kg = mass_kg;
}

std::uint32_t IncrementLedger::due_before(Tonnes mark) const {
  if (!(interval_.value > 0)) return 0;
  const double due = std::ceil(mark / interval_ - 0.5);  // marks at (n - 0.5) intervals that lie before `mark`
  return due > 0 ? static_cast<std::uint32_t>(std::min(due, 1e9)) : 0;
}

std::vector<IncrementLedger::Missed> IncrementLedger::missed_before(Tonnes mark) {
  std::vector<Missed> missed;
  const std::uint32_t due = due_before(mark);
  for (; checked_ < due; ++checked_) {
    const std::uint32_t number = checked_ + 1;
    const auto found = answers_.find(number);
    const bool answered = found != answers_.end();
    if (!answered || !found->second.confirmed) missed.push_back({number, interval_ * (number - 0.5), answered});
    if (answered) answers_.erase(found);
  }
  return missed;
}

}  // namespace beltwarden::sampling
