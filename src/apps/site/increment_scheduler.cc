#include "apps/site/increment_scheduler.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace beltwarden::site {
namespace {
// What stands for a mark where a stretch is asked for; it must have passed whole before it has a place on the belt.
constexpr Tonnes kMark{0.1};
}  // namespace

IncrementScheduler::IncrementScheduler(material::LineLayout layout,
                                       std::function<Tonnes(const material::LotPlan&)> interval_of)
    : interval_of_(std::move(interval_of)) {
  for (const auto& place : layout.instruments) {
    if (place.kind == "sampler") cutter_ = place.distance;
  }
}

IncrementScheduler::Due IncrementScheduler::observe(const material::Observation& observation,
                                                    const material::LineTracker& tracker) {
  Due due;
  if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    auto& lot = lots_[plan->lot];
    lot.interval = interval_of_ ? interval_of_(*plan) : 0_t;
    if (lot.count == 0) lot.next = lot.interval / 2;
    return due;
  }
  if (!std::holds_alternative<material::BeltReading>(observation.payload)) return due;
  if (!cutter_) {
    for (const auto& wanted : wanted_) due.missed.push_back({wanted.command_id, wanted.where, "this line has no sampler"});
    wanted_.clear();
    return due;
  }

  for (const auto& state : tracker.lots()) {
    const auto it = lots_.find(state.plan.lot);
    if (it == lots_.end() || it->second.interval <= 0_t) continue;
    auto& lot = it->second;
    while (lot.next + kMark <= state.passed) {
      const auto position = tracker.position({state.plan.lot, {lot.next, lot.next + kMark}});
      if (position && *position < *cutter_) break;
      ++lot.count;
      // Tonnes that left the belt while nobody watched cannot be cut any more: the number stays missing.
      if (position) {
        due.cuts.push_back({{state.plan.lot.str() + "/" + std::to_string(lot.count), lot.count, observation.time},
                            state.plan.lot, lot.next, "plan"});
      }
      lot.next += lot.interval;
    }
  }
  observe_wanted(observation, tracker, due);
  return due;
}

void IncrementScheduler::observe_wanted(const material::Observation& observation, const material::LineTracker& tracker,
                                        Due& due) {
  for (auto it = wanted_.begin(); it != wanted_.end();) {
    const Place place = place_of(*it, tracker);
    if (place == Place::kNotYet) {
      ++it;
      continue;
    }
    if (place == Place::kPassed) {
      due.missed.push_back({it->command_id, it->where, "the material had passed the sampler"});
    } else {
      const LotId lot = it->where.lot.empty() ? tracker.lot_at_datum().value_or(LotId{}) : it->where.lot;
      const std::uint32_t number = material::kFirstOrderedIncrement + lots_[lot].ordered++;
      due.cuts.push_back({{it->command_id, number, observation.time}, lot, mark_at_cutter(it->where, tracker),
                          it->requested_by});
    }
    it = wanted_.erase(it);
  }
}

IncrementScheduler::Place IncrementScheduler::place_of(Wanted& wanted, const material::LineTracker& tracker) const {
  const auto& tonnes = wanted.where.tonnes;
  if (tonnes.empty()) return Place::kAtCutter;
  const auto middle = tracker.position(wanted.where);
  if (!middle) {
    const auto lots = tracker.lots();
    const bool gone = std::any_of(lots.begin(), lots.end(), [&](const auto& lot) {
      return lot.plan.lot == wanted.where.lot && (lot.passed > tonnes.to || lot.closed);
    });
    return gone ? Place::kPassed : Place::kNotYet;
  }
  if (*middle < *cutter_) {
    wanted.was_upstream = true;
    return Place::kNotYet;
  }
  // A stretch shorter than the belt goes between two looks is at the cutter at the first look after it.
  if (wanted.was_upstream) return Place::kAtCutter;
  const Tonnes tail = std::max(tonnes.from, tonnes.to - kMark);
  const auto last = tracker.position({wanted.where.lot, {tail, tonnes.to}});
  return last && *last > *cutter_ ? Place::kPassed : Place::kAtCutter;
}

Tonnes IncrementScheduler::mark_at_cutter(const material::LotInterval& where, const material::LineTracker& tracker) const {
  const auto [from, to] = where.tonnes;
  if (to - from <= kMark) return from;
  const auto first = tracker.position({where.lot, {from, from + kMark}});
  const auto last = tracker.position({where.lot, {to - kMark, to}});
  if (!first || !last || first->value <= last->value) return from;
  const double share = (first->value - cutter_->value) / (first->value - last->value);
  return from + (to - from) * std::clamp(share, 0.0, 1.0);
}

void IncrementScheduler::order(std::string command_id, material::LotInterval where, std::string requested_by) {
  wanted_.push_back({std::move(command_id), std::move(where), std::move(requested_by)});
}

void IncrementScheduler::answered(const std::string& command_id) {
  std::erase_if(wanted_, [&](const Wanted& wanted) { return wanted.command_id == command_id; });
}

std::uint32_t IncrementScheduler::restore(const material::CommandTaken& taken) {
  if (taken.kind != "cut") return 0;
  if (taken.requested_by != "plan") {
    answered(taken.command_id);
    return material::kFirstOrderedIncrement + lots_[LotId(taken.detail.substr(0, taken.detail.rfind('@')))].ordered++;
  }
  const auto slash = taken.command_id.rfind('/');
  if (slash == std::string::npos) return 0;
  std::uint32_t number = 0;
  std::from_chars(taken.command_id.data() + slash + 1, taken.command_id.data() + taken.command_id.size(), number);
  auto& lot = lots_[LotId(taken.command_id.substr(0, slash))];
  if (number > lot.count) {
    lot.count = number;
    lot.next = lot.interval / 2 + lot.interval * number;
  }
  return number;
}

material::CommandTaken cut_taken(const IncrementScheduler::Cut& cut) {
  char mark[32];
  std::snprintf(mark, sizeof mark, "%.1f", cut.mark.value);
  return {cut.order.command_id, "cut", cut.requested_by, cut.lot.str() + "@" + mark};
}

}  // namespace beltwarden::site
