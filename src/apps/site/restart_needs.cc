#include "apps/site/restart_needs.h"

#include <algorithm>

namespace beltwarden::site {
namespace {

using Levels = std::vector<material::NaturalLevel>;

const Levels& levels_of(const material::Observation& explained) { return std::get<material::CommandTaken>(explained.payload).levels; }

// Everything in `levels` is in `higher` too, at least as high.
bool covers(const Levels& higher, const Levels& levels) {
  return std::ranges::all_of(levels, [&](const auto& one) {
    return std::ranges::any_of(higher, [&](const auto& other) { return other.series == one.series && other.unit == one.unit && other.level >= one.level; });
  });
}

}  // namespace

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
      explained_.erase({"", slice->interval.lot});
      fed_.erase(slice->interval.lot);
    }
  } else if (const auto* taken = std::get_if<material::CommandTaken>(&observation.payload)) {
    if (taken->kind == "order_sample" || taken->kind == "request_stop" || taken->kind == "cut") {
      orders_.try_emplace(taken->command_id, Held{sequence, observation.time});
    } else if (taken->kind == material::kNaturalOreExplained && !taken->levels.empty() && !observation.intervals.empty()) {
      const LotId lot = taken->brand.empty() ? observation.intervals.front().lot : LotId{};
      if (!lot.empty() && !plans_.contains(lot)) return;   // it is over
      auto& kept = explained_[{taken->brand, lot}];
      std::erase_if(kept, [&](const auto& before) { return covers(taken->levels, levels_of(before)); });
      if (std::ranges::none_of(kept, [&](const auto& before) { return covers(levels_of(before), taken->levels); })) kept.push_back(observation);
    } else if (taken->kind == material::kNaturalOreWithdrawn && !observation.intervals.empty()) {
      // What is left stands in its place; where nothing is, nothing of the brand is written again.
      const std::pair of{taken->brand, taken->brand.empty() ? observation.intervals.front().lot : LotId{}};
      explained_.erase(of);
      if (!taken->levels.empty() && (!taken->brand.empty() || plans_.contains(of.second))) explained_[of] = {observation};
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
  for (const auto& [of, kept] : explained_) {
    for (const auto& explained : kept) first = std::min(first, explained.id.sequence);
  }
  const auto hold = [&](const auto& all) {
    for (const auto& [name, held] : all) {
      if (newest_ - held.heard < kForgotten) first = std::min(first, held.first);
    }
  };
  hold(fed_);
  hold(orders_);
  return first;
}

std::vector<material::Observation> RestartNeeds::to_renew(std::uint64_t next) const {
  const auto old = [&](const material::Observation& observation) { return observation.id.sequence + renew_after_ <= next; };
  std::vector<material::Observation> all;
  for (const auto& [lot, plan] : plans_) all.push_back(plan);
  for (const auto& [of, kept] : explained_) all.insert(all.end(), kept.begin(), kept.end());
  if (std::ranges::none_of(all, old)) all.clear();
  return all;
}

}  // namespace beltwarden::site
