#include "apps/site/restart_needs.h"

#include <algorithm>

namespace beltwarden::site {

void RestartNeeds::note(const material::Observation& observation) {
  newest_ = std::max(newest_, observation.time);
  const std::uint64_t sequence = observation.id.sequence;
  if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    plans_[plan->lot] = observation;
  } else if (const auto* belt = std::get_if<material::BeltReading>(&observation.payload)) {
    // The PLC names a lot some metres of belt before its first tonne is weighed: its marks begin there.
    for (const auto& [lot, plan] : plans_) {
      if (belt->feed_lot <= 0 || std::get<material::LotPlan>(plan.payload).feed_number != belt->feed_lot) continue;
      fed_.try_emplace(lot, Held{sequence, {}}).first->second.heard = observation.time;
    }
    for (const auto& interval : observation.intervals) {
      fed_.try_emplace(interval.lot, Held{sequence, {}}).first->second.heard = observation.time;
    }
  } else if (const auto* slice = std::get_if<material::SliceClosed>(&observation.payload)) {
    if (slice->last_of_lot) {
      plans_.erase(slice->interval.lot);
      fed_.erase(slice->interval.lot);
    }
  } else if (const auto* taken = std::get_if<material::CommandTaken>(&observation.payload)) {
    if (taken->kind == "order_sample" || taken->kind == "request_stop" || taken->kind == "cut") {
      orders_.try_emplace(taken->command_id, Held{sequence, observation.time});
    }
  } else if (const auto* cut = std::get_if<material::CutterReading>(&observation.payload)) {
    orders_.erase(cut->command_id);
  } else if (const auto* stop = std::get_if<material::StopAnswerReading>(&observation.payload)) {
    orders_.erase(stop->command_id);
  }
}

std::uint64_t RestartNeeds::keep_from(std::uint64_t next) const {
  std::uint64_t first = next;
  for (const auto& [lot, plan] : plans_) first = std::min(first, plan.id.sequence);
  const auto hold = [&](const auto& all) {
    for (const auto& [name, held] : all) {
      if (newest_ - held.heard < kForgotten) first = std::min(first, held.first);
    }
  };
  hold(fed_);
  hold(orders_);
  return first;
}

std::vector<material::Observation> RestartNeeds::plans_to_renew(std::uint64_t next) const {
  const bool due = std::any_of(plans_.begin(), plans_.end(),
                               [&](const auto& plan) { return plan.second.id.sequence + renew_after_ <= next; });
  std::vector<material::Observation> plans;
  if (!due) return plans;
  for (const auto& [lot, plan] : plans_) plans.push_back(plan);
  return plans;
}

}  // namespace beltwarden::site
