#include "inspect/object_events.h"

#include <algorithm>
#include <cmath>

#include "inspect/frame_faults.h"
#include "inspect/main_interval.h"
#include "material/intervals.h"

namespace beltwarden::inspect {
namespace {

// Of clean pictures that would reach the limit: well under one false object in the half million pictures of a
// large ship.
constexpr double kFalsePerFrame = 3e-7;
// What clean pictures of the fit did not show, because they were few.
constexpr double kMargin = 1.25;
constexpr double kLeastLimit = 7.0;
constexpr double kFilled = 0.85;
// Of a brand that was not fitted: nothing is said to be rare on it.
constexpr vision::Tail kUnknownTail{1e9, 1, 1};
constexpr double kLeastFilled = 0.5;  // of a picture's usual tonnes: less, and bare belt is what ore stands out from
constexpr std::size_t kNotesKept = 64;
// What covers more is not an object but other material, or belt that the load has left: the appearance model's
// business.
constexpr double kLargestMm2 = 1.5e6;
// The same where a lot or the load begins or ends in the picture.
constexpr double kLargestAtEdgeMm2 = 0.6e6;
// So many separate things in one picture are another material too, lying in lumps: the strongest stands for them.
constexpr std::size_t kMostObjects = 3;

}  // namespace

double strength_limit(const vision::BrandAppearance& brand) {
  return std::max(kLeastLimit, kMargin * brand.strength_tail.quantile(kFalsePerFrame));
}

double strength_as_rare(const vision::BrandAppearance& brand, double false_per_frame) {
  const double rarer = std::log(kFalsePerFrame / std::clamp(false_per_frame, 1e-30, 1.0));
  return std::max(0.0, strength_limit(brand) + kMargin * brand.strength_tail.scale * rarer);
}

double ObjectEvents::limit_of(const LotId& lot) const {
  const auto plan = brand_of_lot_.find(lot);
  double highest = kLeastLimit;
  for (const auto& brand : brands_) {
    const double limit = strength_limit(brand);
    if (plan != brand_of_lot_.end() && brand.brand == plan->second) return limit;
    highest = std::max(highest, limit);
  }
  return highest;
}

void ObjectEvents::hand_over(const InstrumentId& camera, View& view, std::vector<vision::ObjectEvent> ended,
                             std::vector<FoundObject>& out) const {
  for (auto& event : ended) {
    const auto note = std::find_if(view.notes.begin(), view.notes.end(),
                                   [&](const FrameNote& n) { return n.number == event.best_frame; });
    if (note == view.notes.end()) continue;  // cannot happen while a track spans fewer frames than are kept
    double rare = event.best.false_per_frame;
    if (rare == 0) rare = view.strengths.probability_above(event.best.strength);
    out.push_back({std::move(event), note->where, note->time, camera, note->digest, view.limit, rare,
                   note->heat, note->width_px, note->height_px});
  }
}

std::vector<FoundObject> ObjectEvents::observe(const material::Observation& observation) {
  std::vector<FoundObject> found;
  load_.observe(observation);
  if (const auto* plan = std::get_if<material::LotPlan>(&observation.payload)) {
    brand_of_lot_[plan->lot] = plan->brand;
  } else if (const auto* frame = std::get_if<material::FrameReading>(&observation.payload)) {
    const auto* where = main_interval(observation);
    if (where == nullptr || where->tonnes.empty()) return found;
    const auto key = std::make_pair(where->lot, observation.instrument);
    auto view = views_.find(key);
    if (view == views_.end()) {
      const auto* of_lot = find_brand(brands_, brand_of_lot_[where->lot]);
      view = views_.emplace(key, View(limit_of(where->lot), of_lot == nullptr ? kUnknownTail : of_lot->strength_tail)).first;
    }
    view->second.notes.push_back({frame->frame_number, *where, observation.time, frame->digest, frame->heat,
                                  frame->width_px, frame->height_px});
    const vision::FramePlace place{frame->frame_number, where->tonnes.from.value, where->tonnes.to.value,
                                   static_cast<int>(frame->width_px), static_cast<int>(frame->height_px)};
    auto candidates = to_analysis(*frame).candidates;
    const auto filled = filled_share(observation, *frame, load_);
    const bool edge = observation.intervals.size() > 1 || frame->load_fraction < kLeastComparable || filled < kFilled;
    const auto* brand = find_brand(brands_, brand_of_lot_[where->lot]);
    if (filled < kLeastFilled || is_blind(*frame, frame->load_fraction < kLeastComparable ? nullptr : brand)) {
      candidates.clear();
      leave_unjudged(observation, view->second.seen_to);
    }
    view->second.seen_to = where->tonnes.to;
    std::erase_if(candidates, [&](const auto& c) { return c.area_mm2 > (edge ? kLargestAtEdgeMm2 : kLargestMm2); });
    const auto strong = std::count_if(candidates.begin(), candidates.end(),
                                      [&](const auto& c) { return c.strength >= view->second.limit; });
    if (static_cast<std::size_t>(strong) > kMostObjects) candidates.resize(1);
    hand_over(observation.instrument, view->second, view->second.tracker.add(place, candidates), found);
    while (view->second.notes.size() > kNotesKept) view->second.notes.pop_front();
  } else if (const auto* slice = std::get_if<material::SliceClosed>(&observation.payload)) {
    // Every instrument has passed the slice: its objects are complete.
    for (auto& [key, view] : views_) {
      if (key.first != slice->interval.lot) continue;
      hand_over(key.second, view,
                slice->last_of_lot ? view.tracker.finish() : view.tracker.finish(slice->interval.tonnes.to.value),
                found);
    }
    if (slice->last_of_lot) {
      std::erase_if(views_, [&](const auto& entry) { return entry.first.first == slice->interval.lot; });
    }
  }
  return found;
}

// A picture speaks for the tonnes back to the one before it, and so does its absence.
void ObjectEvents::leave_unjudged(const material::Observation& observation, Tonnes seen_to) {
  for (const auto& interval : observation.intervals) {
    const bool follows = &interval == main_interval(observation);
    const Tonnes from = follows ? std::min(seen_to, interval.tonnes.from) : interval.tonnes.from;
    unjudged_[interval.lot].push_back({from, interval.tonnes.to});
  }
}

std::vector<TonneInterval> ObjectEvents::judged(const material::SliceClosed& slice,
                                                const std::vector<TonneInterval>& seen) {
  const LotId& lot = slice.interval.lot;
  const auto plan = brand_of_lot_.find(lot);
  const bool known = plan != brand_of_lot_.end() && std::any_of(brands_.begin(), brands_.end(), [&](const auto& brand) {
                       return brand.brand == plan->second;
                     });
  std::vector<TonneInterval> result;
  auto& unjudged = unjudged_[lot];
  if (known) result = material::intersection(seen, material::holes(material::merged(unjudged), slice.interval.tonnes));
  std::erase_if(unjudged, [&](const TonneInterval& i) { return i.to <= slice.interval.tonnes.to; });
  if (slice.last_of_lot) unjudged_.erase(lot);
  return result;
}

}  // namespace beltwarden::inspect
