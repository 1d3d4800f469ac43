#include "material/scale_counter.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace beltwarden::material {
namespace {
constexpr std::int64_t kJitterTicks = 3;     // a scale may count this far down at zero load without being reset
constexpr double kLean = 0.2;                // a mark one tick off the middle flows this share faster or slower
}  // namespace

TotaliserReader::TotaliserReader(Tonnes tick, std::uint64_t modulus, Tonnes max_step)
    : tick_t_(tick.value), max_step_t_(max_step.value), modulus_(static_cast<std::int64_t>(modulus)) {}

std::int64_t TotaliserReader::step(std::uint32_t ticks, double dt_s, bool moving_back, Time time,
                                   std::vector<TrackerNote>& notes) {
  const std::int64_t now = ticks;
  if (!last_) {
    last_ = now;
    return 0;
  }
  const std::int64_t before = *last_;
  last_ = now;
  std::int64_t step = (now - before) % modulus_;
  if (step > modulus_ / 2) step -= modulus_;
  if (step <= -(modulus_ + 1) / 2) step += modulus_;
  if (step == 0) return 0;

  // After a silence the counter may have moved on for as long as nobody asked.
  const double allowed_t = max_step_t_ * std::max(1.0, dt_s);
  char text[160];
  if (step > 0) {
    if (static_cast<double>(step) * tick_t_ <= allowed_t) return step;
    if (now < before || static_cast<double>(now) * tick_t_ > allowed_t) {
      std::snprintf(text, sizeof text, "scale totaliser jumped by %.1f t in %.1f s, expected at most %.1f t: not counted as mass",
                    static_cast<double>(step) * tick_t_, dt_s, allowed_t);
      notes.push_back({TrackerNote::Kind::kTotaliserJump, time, text});
      return 0;
    }
  }
  if (step < 0) {
    if (-step <= kJitterTicks) return step;
    if (moving_back && static_cast<double>(-step) * tick_t_ <= allowed_t) return step;
  }
  // Counted from zero again: what it shows now has been weighed since.
  const std::int64_t since = static_cast<double>(now) * tick_t_ <= max_step_t_ ? now : 0;
  std::snprintf(text, sizeof text, "scale totaliser fell from %lld to %lld counts: zeroed; %.1f t since then are kept",
                static_cast<long long>(before), static_cast<long long>(now), static_cast<double>(since) * tick_t_);
  notes.push_back({TrackerNote::Kind::kTotaliserReset, time, text});
  return since;
}

double MassMark::advance(const BeltReading& belt, double moved_m, double dt_s) {
  if (belt.rate_tph > 0) rate_known_ = true;
  since_count_m_ += moved_m;
  if (counted_ > loaded_count_) {
    load_t_per_m_ = static_cast<double>(counted_ - loaded_count_) * tick_t_ / since_count_m_;
    loaded_count_ = counted_;
    since_count_m_ = 0;
  }
  double flow_t = 0;
  if (!belt.empty_belt) flow_t = rate_known_ ? std::max(0.0, belt.rate_tph) / 3600 * dt_s : load_t_per_m_ * moved_m;

  // Rate and counts never agree exactly. Leaning a little towards the middle of the tick keeps the mark from running into
  // the tick's ends, where a stretch of belt would get no mass of its own.
  const double lead = (mass_t_ + flow_t) / tick_t_ - (static_cast<double>(counted_) + 0.5);
  flow_t *= std::clamp(1 - kLean * lead, 0.5, 1.5);

  const double low = static_cast<double>(counted_) * tick_t_, high = static_cast<double>(counted_ + 1) * tick_t_;
  const double next = std::max(mass_t_, std::clamp(mass_t_ + flow_t, low, high));
  const double laid = next - mass_t_;
  mass_t_ = next;
  return laid;
}

}  // namespace beltwarden::material
