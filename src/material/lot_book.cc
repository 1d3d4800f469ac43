#include "material/lot_book.h"

#include <algorithm>
#include <cmath>

#include "material/intervals.h"

namespace beltwarden::material {
namespace {
// A lot's last crumbs lag behind the boundary that the PLC announces.
constexpr double kTrail_m = 2;
}  // namespace

LotBook::LotBook(LotPlan p, Tonnes slice, std::size_t instruments)
    : plan(std::move(p)), slice_t_(slice.value), covers_(instruments) {}

void LotBook::pass(double mass_t, double from_m, double to_m, Time time) {
  if (mass_t <= 0) return;
  const double before_t = passed_t_;
  passed_t_ += mass_t;
  if (!slice_first_) slice_first_ = time;
  for (;;) {
    const double boundary_t = static_cast<double>(slices_ + 1) * slice_t_;
    if (passed_t_ < boundary_t) break;
    ripen(boundary_t, from_m + (to_m - from_m) * (boundary_t - before_t) / mass_t, time, false);
    if (passed_t_ > boundary_t) slice_first_ = time;
  }
  last_mass_m_ = to_m;
  last_time_ = time;
}

void LotBook::go_on_from(Tonnes passed) {
  passed_t_ = passed.value;
  slices_ = static_cast<std::int64_t>(std::floor(passed_t_ / slice_t_));
  slice_from_t_ = static_cast<double>(slices_) * slice_t_;
}

void LotBook::ripen(double to_t, double end_m, Time last, bool last_of_lot) {
  ripe_.push_back({{{slice_from_t_}, {to_t}}, end_m, slice_first_.value_or(last), last, last_of_lot,
                   std::vector<Pass>(covers_.size())});
  slice_from_t_ = to_t;
  ++slices_;
  slice_first_.reset();
}

void LotBook::cover(std::size_t i, const InstrumentProgress& instrument, TonneInterval seen) {
  if (closed) return;
  Cover& cover = covers_[i];
  const double gap_t = seen.to.value - cover.read_to_t, sampling_t = instrument.place.sampling_distance.value;
  TonneInterval covered = seen;
  if (gap_t > 0) {
    covered.from = Tonnes{std::min(seen.from.value, gap_t <= sampling_t ? cover.read_to_t : seen.to.value - sampling_t)};
    cover.read_from_t = seen.from.value;
    cover.read_to_t = seen.to.value;
  }
  cover.any = true;
  covered.from = std::max({covered.from, Tonnes{0}, ripe_.empty() ? Tonnes{slice_from_t_} : ripe_.front().tonnes.from});
  if (covered.empty()) return;
  if (cover.seen.empty() || covered.from > cover.seen.back().to) {
    cover.seen.push_back(covered);
  } else if (covered.from >= cover.seen.back().from) {
    cover.seen.back().to = std::max(cover.seen.back().to, covered.to);
  } else {
    cover.seen.push_back(covered);
    cover.seen = merged(std::move(cover.seen));
  }
}

void LotBook::watch(const BeltState& belt, bool stretch_over, const std::vector<InstrumentProgress>& instruments) {
  if (ended && !weighed_out_ && belt.weighed_m >= fed_until_m + kTrail_m) {
    weighed_out_ = true;
    ripen(passed_t_, last_mass_m_, passed_t_ > 0 ? last_time_ : belt.now, true);
  }
  for (Ripe& slice : ripe_) {
    for (std::size_t i = 0; i < instruments.size(); ++i) {
      Pass& pass = slice.passes[i];
      if (pass.passed) continue;
      const InstrumentPlace& place = instruments[i].place;
      if (std::isnan(pass.target_m)) {
        if (instruments[i].sampler) {
          pass.target_m = slice.end_m;
        } else if (weighed_out_ || stretch_over) {
          pass.target_m = std::max(last_mass_m_, slice.end_m);
          pass.tail_t = passed_t_;
        } else if (passed_t_ >= slice.tonnes.to.value + place.sampling_distance.value) {
          pass.target_m = belt.weighed_m;
        }
      }
      const double trailing_edge_m = belt.weighed_m - place.distance.value - place.field_length.value / 2;
      if (trailing_edge_m >= pass.target_m) {   // false for NaN
        pass.passed = true;
        pass.when = belt.now;
      }
    }
  }
}

void LotBook::waive_waiting() {
  for (Ripe& slice : ripe_) {
    for (Pass& pass : slice.passes) pass.waived = pass.passed;
  }
}

bool LotBook::done(const Ripe& slice, std::size_t i, const InstrumentProgress& instrument, const BeltState& belt,
                   double late_s) const {
  const Pass& pass = slice.passes[i];
  if (instrument.sampler) return pass.passed;
  if (covers_[i].any && covers_[i].read_from_t >= slice.tonnes.to.value && !slice.last_of_lot) return true;
  if (!pass.passed) return false;
  return pass.waived || (instrument.newest && *instrument.newest >= pass.when) ||
         (belt.now - pass.when).seconds() >= late_s;
}

std::optional<SliceClosed> LotBook::close(const BeltState& belt, double late_s,
                                          const std::vector<InstrumentProgress>& instruments) {
  if (ripe_.empty()) return std::nullopt;
  const Ripe& slice = ripe_.front();
  for (std::size_t i = 0; i < instruments.size(); ++i) {
    if (!done(slice, i, instruments[i], belt, late_s)) return std::nullopt;
  }
  SliceClosed result{{plan.lot, slice.tonnes}, slice.first, slice.last, slice.last_of_lot, {}};
  for (std::size_t i = 0; i < instruments.size(); ++i) {
    if (instruments[i].sampler) continue;
    const Cover& cover = covers_[i];
    std::vector<TonneInterval> seen = cover.seen;
    const double rest_t = slice.passes[i].tail_t - cover.read_to_t;    // NaN where the stretch goes on
    if (cover.any && rest_t > 0 && rest_t <= instruments[i].place.sampling_distance.value) {
      seen.push_back({{cover.read_to_t}, {slice.passes[i].tail_t}});
    }
    result.seen.emplace(instruments[i].place.instrument, clipped(merged(std::move(seen)), slice.tonnes));
  }
  closed_before(result);
  return result;
}

void LotBook::closed_before(const SliceClosed& slice) {
  if (!ripe_.empty() && ripe_.front().tonnes == slice.interval.tonnes) ripe_.pop_front();
  forget_before(slice.interval.tonnes.to.value);
  if (slice.last_of_lot) closed = true;
}

void LotBook::forget_before(double mark_t) {
  for (Cover& cover : covers_) std::erase_if(cover.seen, [&](const TonneInterval& i) { return i.to.value <= mark_t; });
}

}  // namespace beltwarden::material
