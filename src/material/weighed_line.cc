#include "material/weighed_line.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace beltwarden::material {
namespace {

constexpr double kShortestField_m = 0.01;    // a reading sees something, however narrow its slit
constexpr double kBehindLast_m = 100;        // kept beyond the farthest instrument: room to reverse
constexpr double kStretchOver_m = 10;        // this much empty belt ends a stretch of material
constexpr double kUnassignedNote_t = 1;
constexpr std::size_t kMostNotes = 1000;

}  // namespace

WeighedLine::WeighedLine(LineLayout layout)
    : layout_(std::move(layout)),
      motion_(layout_.encoder_tick.value, layout_.encoder_modulus, layout_.silence_s),
      totaliser_(layout_.tick, layout_.totaliser_modulus, layout_.max_step),
      mass_(layout_.tick) {
  for (const InstrumentPlace& place : layout_.instruments) {
    instruments_.push_back({place, place.kind == kSamplerKind, std::nullopt});
    keep_m_ = std::max(keep_m_, place.distance.value + place.field_length.value);
  }
  keep_m_ += kBehindLast_m;
}

void WeighedLine::note(TrackerNote::Kind kind, Time time, std::string message) {
  if (notes_.size() < kMostNotes) notes_.push_back({kind, time, std::move(message)});
}

std::optional<int> WeighedLine::find(const LotId& lot) const {
  const auto found = by_id_.find(lot);
  return found == by_id_.end() ? std::nullopt : std::optional(found->second);
}

int WeighedLine::add_lot(LotPlan plan, bool stand_in) {
  const int index = static_cast<int>(lots_.size());
  by_id_[plan.lot] = index;
  by_feed_number_[plan.feed_number].push_back(index);
  lots_.emplace_back(std::move(plan), layout_.slice, instruments_.size()).stand_in = stand_in;
  return index;
}

void WeighedLine::learn(const LotPlan& plan) {
  const auto known = find(plan.lot);
  if (known) {
    LotBook& book = lot(*known);
    if (book.plan.feed_number != plan.feed_number) {
      std::erase(by_feed_number_[book.plan.feed_number], *known);
      by_feed_number_[plan.feed_number].push_back(*known);
    }
    book.plan = plan;
    book.stand_in = false;
  } else {
    add_lot(plan, false);
  }
  // What stood in for this plan has had its last tonne.
  for (const int other : by_feed_number_[plan.feed_number]) {
    if (lot(other).stand_in) lot(other).ended = true;
  }
}

void WeighedLine::begin_in_the_middle(const BeltReading& belt, const std::vector<LotInterval>& weighed) {
  for (const LotInterval& interval : weighed) {
    auto known = find(interval.lot);
    if (!known) {
      LotPlan plan;
      plan.lot = interval.lot;
      plan.feed_number = interval == weighed.back() ? belt.feed_lot : 0;
      known = add_lot(plan, true);
    }
    lot(*known).go_on_from(interval.tonnes.to);
  }
}

std::pair<int, bool> WeighedLine::fed(std::int32_t number, Time time) {
  if (number <= 0) return {map_.fed_lot(), false};
  std::deque<int>& planned = by_feed_number_[number];
  while (planned.size() > 1 && lot(planned.front()).ended) planned.pop_front();
  if (!planned.empty()) {
    if (lot(planned.front()).ended) return {BeltMap::kNoLot, false};
    return {planned.front(), true};
  }
  const std::string name = "unplanned-" + std::to_string(number);
  note(TrackerNote::Kind::kUnplannedLot, time,
       "the PLC feeds lot number " + std::to_string(number) + ", which nobody has planned: its tonnes are kept as lot " + name);
  LotPlan plan;
  plan.lot = LotId{name};
  plan.feed_number = number;
  return {add_lot(plan, true), true};
}

void WeighedLine::feed(int next, bool feeding) {
  const int before = map_.fed_lot();
  const bool was_feeding = map_.fed_now();
  if (next == before && feeding == was_feeding) return;
  const double at_m = weighed_m_ - std::min(0.0, layout_.feed_distance.value);
  if (before != BeltMap::kNoLot && was_feeding) lot(before).fed_until_m = at_m;
  if (next != BeltMap::kNoLot && feeding) lot(next).fed_until_m = std::numeric_limits<double>::infinity();
  map_.feed(at_m, next, feeding);
}

std::vector<LotInterval> WeighedLine::poll(const BeltReading& belt, Time time, Time received, bool clock_went_back) {
  std::vector<LotInterval> weighed;
  const bool first = !motion_.started();
  const double dt_s = first || clock_went_back ? 0 : (time - motion_.newest()).seconds();
  const double from_m = motion_.position_m();
  const std::int64_t ticks = totaliser_.step(belt.totaliser_ticks, dt_s, behind_ || belt.speed_mps < 0, time, notes_);
  motion_.advance(belt, time, clock_went_back, ticks > 0, notes_);
  const double to_m = motion_.position_m();
  now_ = time;
  now_received_ = received;
  if (first) {
    weighed_when_ = time;
  } else if (to_m > weighed_m_) {
    advance(belt, from_m, to_m, dt_s, ticks, time, weighed);
  } else {
    stand_or_reverse(from_m, to_m, ticks);
  }
  const auto [next, feeding] = fed(belt.feed_lot, time);
  feed(next, feeding);
  for (std::size_t i = 0; i < lots_.size(); ++i) {
    if (lots_[i].open()) lots_[i].watch(this->belt(), stretch_over(static_cast<int>(i)), instruments_);
  }
  return weighed;
}

void WeighedLine::stand_or_reverse(double from_m, double to_m, std::int64_t ticks) {
  if (to_m < weighed_m_) behind_ = true;
  if (!behind_) {
    mass_.count(ticks);
    return;
  }
  behind_ticks_ += ticks;
  counted_down_ = counted_down_ || ticks < 0;
  if (to_m > from_m) passed_again_t_ += map_.mass_t(from_m, to_m);
}

void WeighedLine::advance(const BeltReading& belt, double from_m, double to_m, double dt_s, std::int64_t ticks, Time time,
                          std::vector<LotInterval>& weighed) {
  const double start_m = weighed_m_;
  if (behind_) {
    // A scale that counts down while the belt goes back ends where it began; one that only counts up has counted this
    // material again.
    behind_ticks_ += ticks;
    passed_again_t_ += map_.mass_t(from_m, start_m);
    const auto again = static_cast<std::int64_t>(std::llround(passed_again_t_ / layout_.tick.value));
    const bool net = counted_down_ || ticks < 0;
    mass_.count(net ? behind_ticks_ : std::max<std::int64_t>(0, behind_ticks_ - again));
    behind_ = counted_down_ = false;
    behind_ticks_ = 0;
    passed_again_t_ = 0;
  } else {
    mass_.count(ticks);
  }
  const double moved_m = to_m - start_m;
  const double laid_t = mass_.advance(belt, moved_m, dt_s * moved_m / (to_m - from_m));
  load_kg_per_m_ = laid_t / moved_m * 1000;
  map_.split(start_m, to_m, stretches_);
  for (const BeltMap::Stretch& stretch : stretches_) {
    lay(stretch, laid_t * (stretch.to_m - stretch.from_m) / moved_m, time, weighed);
  }
  weighed_m_ = to_m;
  weighed_when_ = time;
  map_.forget(weighed_m_ - keep_m_);
}

void WeighedLine::lay(const BeltMap::Stretch& stretch, double mass_t, Time time, std::vector<LotInterval>& weighed) {
  const bool assigned = stretch.lot != BeltMap::kNoLot && !lot(stretch.lot).weighed_out();
  if (mass_t > 0) {
    newest_lot_ = assigned ? stretch.lot : BeltMap::kNoLot;
    newest_mass_m_ = stretch.to_m;
  }
  if (!assigned) return lay_unassigned(stretch, mass_t, time);
  LotBook& book = lot(stretch.lot);
  const double before_t = book.passed_t();
  book.pass(mass_t, stretch.from_m, stretch.to_m, time);
  map_.lay({stretch.from_m, stretch.to_m, stretch.lot, before_t, book.passed_t()});
  if (book.passed_t() <= before_t) return;
  if (!weighed.empty() && weighed.back().lot == book.plan.lot && weighed.back().tonnes.to.value == before_t) {
    weighed.back().tonnes.to = Tonnes{book.passed_t()};
  } else {
    weighed.push_back({book.plan.lot, {{before_t}, {book.passed_t()}}});
  }
}

void WeighedLine::lay_unassigned(const BeltMap::Stretch& stretch, double mass_t, Time time) {
  map_.lay({stretch.from_m, stretch.to_m, BeltMap::kNoLot, unassigned_t_, unassigned_t_ + mass_t});
  unassigned_t_ += mass_t;
  if (unassigned_t_ - unassigned_told_t_ < kUnassignedNote_t) return;
  char text[120];
  std::snprintf(text, sizeof text, "%.1f t passed the scale while the PLC named no lot, or one that had ended",
                unassigned_t_ - unassigned_told_t_);
  note(TrackerNote::Kind::kUnplannedLot, time, text);
  unassigned_told_t_ = unassigned_t_;
}

bool WeighedLine::stretch_over(int lot) const {
  return newest_lot_ != lot || weighed_m_ - newest_mass_m_ >= kStretchOver_m;
}

bool WeighedLine::end(const LotId& id, Time time) {
  const auto index = find(id);
  if (!index || lot(*index).closed) return false;
  LotBook& book = lot(*index);
  book.ended = true;
  if (map_.fed_lot() == *index) feed(*index, false);
  book.watch(belt(), stretch_over(*index), instruments_);
  book.waive_waiting();
  now_ = std::max(now_, time);
  return true;
}

double WeighedLine::leading_edge_m(const InstrumentPlace& place, BeltMotion::Span span) {
  return span.high_m - place.distance.value + std::max(place.field_length.value, kShortestField_m) / 2;
}

std::vector<LotInterval> WeighedLine::seen(const InstrumentPlace& place, BeltMotion::Span span) {
  const double half_m = std::max(place.field_length.value, kShortestField_m) / 2;
  map_.between(span.low_m - place.distance.value - half_m, span.high_m - place.distance.value + half_m, marks_);
  std::vector<LotInterval> result;
  result.reserve(marks_.size());
  for (const BeltMap::Marks& m : marks_) result.push_back({lot(m.lot).plan.lot, m.tonnes});
  return result;
}

void WeighedLine::cover(std::size_t i, const std::vector<LotInterval>& intervals, Time time) {
  InstrumentProgress& instrument = instruments_[i];
  instrument.newest = std::max(instrument.newest.value_or(time), time);
  for (const LotInterval& interval : intervals) {
    if (const auto index = find(interval.lot)) lot(*index).cover(i, instrument, interval.tonnes);
  }
}

std::optional<SliceClosed> WeighedLine::close_slice() {
  for (LotBook& book : lots_) {
    if (!book.open()) continue;
    if (auto slice = book.close(belt(), layout_.silence_s, instruments_)) return slice;
  }
  return std::nullopt;
}

void WeighedLine::closed_before(const SliceClosed& slice) {
  if (const auto index = find(slice.interval.lot)) lot(*index).closed_before(slice);
}

}  // namespace beltwarden::material
