#include "inspect/belt_notes.h"

#include <algorithm>
#include <cmath>

namespace beltwarden::inspect {
namespace {
constexpr std::size_t kMostNotes = 4000;     // readings that an event may reach back
constexpr double kAroundEvent_s = 20;        // that a waterfall shows before and after it
}  // namespace

void BeltNotes::add(BeltNote note) {
  notes_.push_back(std::move(note));
  if (notes_.size() > kMostNotes) notes_.pop_front();
}

const BeltNote* BeltNotes::at(double time_s) const {
  auto note = std::upper_bound(notes_.begin(), notes_.end(), time_s, [](double t, const BeltNote& n) { return t < n.start_s; });
  if (note != notes_.begin()) --note;
  return note == notes_.end() ? nullptr : &*note;
}

std::optional<BeltNotes::Place> BeltNotes::place_of(const gamma::BeltEvent& event) const {
  const auto peak = std::lower_bound(notes_.begin(), notes_.end(), event.peak_index,
                                     [](const BeltNote& n, std::uint64_t index) { return n.index < index; });
  if (peak == notes_.end() || peak->lot.str().empty()) return {};
  Place place;
  place.where = {peak->lot, peak->tonnes};
  place.time = peak->time;
  place.dead_share = peak->dead_share;
  for (const BeltNote& note : notes_) {
    const double middle_s = note.start_s + note.live_s / 2;
    if (middle_s >= event.start_s - kAroundEvent_s && middle_s <= event.end_s + kAroundEvent_s)
      place.waterfall.push_back({middle_s - peak->start_s - peak->live_s / 2, note.live_s, note.load_kg_per_m, note.groups});
    if (note.lot != peak->lot || note.start_s + note.live_s < event.start_s || note.start_s > event.end_s) continue;
    place.where.tonnes.from = std::min(place.where.tonnes.from, note.tonnes.from);
    place.where.tonnes.to = std::max(place.where.tonnes.to, note.tonnes.to);
    place.dead_share = std::max(place.dead_share, note.dead_share);
  }
  place.position_t = (peak->tonnes.from.value + peak->tonnes.to.value) / 2;
  // A reading says no more of the moment than that it lay within it.
  place.position_error_t = peak->tonnes_per_s * std::hypot(event.peak_error_s, peak->live_s / std::sqrt(12.0));
  place.observed_cps = peak->cps;
  place.expected_cps = peak->expected_cps;
  place.live_s = peak->live_s;
  return place;
}

}  // namespace beltwarden::inspect
