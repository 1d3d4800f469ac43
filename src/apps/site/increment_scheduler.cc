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

std::vector<IncrementScheduler::Cut> IncrementScheduler::observe(const material::Observation& observation,
                                                                 const material::LineTracker& tracker) {
  std::vector<Cut> cuts;
  if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    auto& lot = lots_[plan->lot];
    lot.interval = interval_of_(*plan);
    if (lot.count == 0) lot.next = lot.interval / 2;
    return cuts;
  }
  if (!cutter_ || !std::holds_alternative<material::BeltReading>(observation.payload)) return cuts;

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
        cuts.push_back({{state.plan.lot.str() + "/" + std::to_string(lot.count), lot.count, observation.time}, state.plan.lot, lot.next, "plan"});
      }
      lot.next += lot.interval;
    }
  }

  for (auto it = wanted_.begin(); it != wanted_.end();) {
    bool due = it->where.tonnes.empty();
    bool gone = false;
    Tonnes mark = it->where.tonnes.from;
    if (!due) {
      const auto position = tracker.position(it->where);
      due = position && *position >= *cutter_;
      const auto lots = tracker.lots();
      gone = !position && std::any_of(lots.begin(), lots.end(), [&](const auto& lot) {
        return lot.plan.lot == it->where.lot && lot.passed > it->where.tonnes.to;
      });
    }
    if (due) cuts.push_back({{it->command_id, 0, observation.time}, it->where.lot, mark, it->requested_by});
    it = due || gone ? wanted_.erase(it) : std::next(it);
  }
  return cuts;
}

void IncrementScheduler::order(std::string command_id, material::LotInterval where, std::string requested_by) {
  wanted_.push_back({std::move(command_id), std::move(where), std::move(requested_by)});
}

void IncrementScheduler::restore(const material::CommandTaken& taken) {
  if (taken.kind == "cut" && taken.requested_by != "plan") {
    std::erase_if(wanted_, [&](const Wanted& wanted) { return wanted.command_id == taken.command_id; });
    return;
  }
  if (taken.kind != "cut") return;
  const std::uint32_t number = increment_of(taken);
  auto& lot = lots_[LotId(taken.command_id.substr(0, taken.command_id.rfind('/')))];
  if (number <= lot.count) return;
  lot.count = number;
  lot.next = lot.interval / 2 + lot.interval * number;
}

std::uint32_t increment_of(const material::CommandTaken& taken) {
  const auto slash = taken.command_id.rfind('/');
  std::uint32_t number = 0;
  if (taken.requested_by == "plan" && slash != std::string::npos) {
    std::from_chars(taken.command_id.data() + slash + 1, taken.command_id.data() + taken.command_id.size(), number);
  }
  return number;
}

material::CommandTaken cut_taken(const IncrementScheduler::Cut& cut) {
  char mark[32];
  std::snprintf(mark, sizeof mark, "%.1f", cut.mark.value);
  return {cut.order.command_id, "cut", cut.requested_by, cut.lot.str() + "@" + mark};
}

}  // namespace beltwarden::site
