#include "material/belt_motion.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace beltwarden::material {
namespace {

constexpr double kMemory_s = 120;
constexpr std::size_t kMemorySamples = 4096;
constexpr double kFastestBelt_mps = 12;    // CEMA 7th ed.: bulk belts run below 8 m/s; beyond is a counter fault
constexpr double kSlipShare = 0.3;         // encoder and drive may differ by this share before it is called slip
constexpr double kSlipFloor_mps = 0.3;
constexpr double kSlipAfter_s = 3;
constexpr double kStallAfter_s = 2;

std::string text(const char* format, double a, double b) {
  char buffer[200];
  std::snprintf(buffer, sizeof buffer, format, a, b);
  return buffer;
}

}  // namespace

BeltMotion::BeltMotion(double encoder_tick_m, std::uint64_t encoder_modulus, double silence_s)
    : encoder_tick_m_(encoder_tick_m), encoder_modulus_(static_cast<std::int64_t>(encoder_modulus)), silence_s_(silence_s) {}

BeltMotion::Step BeltMotion::advance(const BeltReading& belt, Time time, bool clock_went_back, bool scale_counted,
                                     std::vector<TrackerNote>& notes) {
  if (!started()) {
    if (belt.encoder_ticks) encoder_ = *belt.encoder_ticks;
    reported_mps_ = speed_mps_ = belt.speed_mps;
    memory_.push_back({time, position_m_, true});
    return {};
  }
  Step step;
  step.dt_s = clock_went_back ? 0 : (time - memory_.back().time).seconds();
  const double by_speed_m = 0.5 * (reported_mps_ + belt.speed_mps) * step.dt_s;
  if (belt.encoder_ticks) {
    step.dx_m = encoder_step(belt, by_speed_m, step.dt_s, time, scale_counted, notes);
  } else {
    encoder_.reset();
    step.dx_m = by_speed_m;
  }
  reported_mps_ = belt.speed_mps;
  speed_mps_ = step.dt_s > 0 ? step.dx_m / step.dt_s : belt.speed_mps;
  position_m_ += step.dx_m;

  if (clock_went_back) memory_.clear();   // times from before the step would be taken for times after it
  memory_.push_back({time, position_m_, clock_went_back || step.dt_s > silence_s_});
  while (memory_.size() > kMemorySamples ||
         (memory_.size() > 2 && (time - memory_.front().time).seconds() > kMemory_s)) {
    memory_.pop_front();
  }
  return step;
}

double BeltMotion::encoder_step(const BeltReading& belt, double by_speed_m, double dt_s, Time time, bool scale_counted,
                                std::vector<TrackerNote>& notes) {
  const std::int64_t now = *belt.encoder_ticks;
  if (!encoder_) {
    encoder_ = now;
    return by_speed_m;
  }
  std::int64_t ticks = (now - *encoder_) % encoder_modulus_;
  if (ticks > encoder_modulus_ / 2) ticks -= encoder_modulus_;
  if (ticks <= -(encoder_modulus_ + 1) / 2) ticks += encoder_modulus_;
  encoder_ = now;
  const double dx_m = static_cast<double>(ticks) * encoder_tick_m_;
  if (std::abs(dx_m) > kFastestBelt_mps * std::max(dt_s, 0.2) + 1) {
    notes.push_back({TrackerNote::Kind::kEncoderJump, time,
                     text("belt encoder moved %.1f m in %.2f s: counter reset or fault; speed is used for this step", dx_m, dt_s)});
    return by_speed_m;
  }
  watch_slip(dt_s > 0 ? dx_m / dt_s : 0, dt_s > 0 ? by_speed_m / dt_s : 0, dt_s, time, notes);

  // A dead encoder would pile all tonnes on one spot. When the drive says the belt moves and the scale counts, it does.
  if (ticks != 0 || std::abs(by_speed_m) < encoder_tick_m_) {
    if (ticks != 0) stalled_s_ = stalled_m_ = 0, stalled_counted_ = false;
    return dx_m;
  }
  stalled_s_ += dt_s;
  stalled_m_ += by_speed_m;
  stalled_counted_ = stalled_counted_ || scale_counted;
  if (stalled_s_ <= kStallAfter_s || !stalled_counted_) return 0;
  const double caught_up_m = stalled_m_;
  stalled_m_ = 0;
  return caught_up_m;
}

void BeltMotion::watch_slip(double encoder_mps, double reported_mps, double dt_s, Time time, std::vector<TrackerNote>& notes) {
  const double allowed = std::max(kSlipFloor_mps, kSlipShare * std::max(std::abs(encoder_mps), std::abs(reported_mps)));
  if (std::abs(encoder_mps - reported_mps) <= allowed) {
    slip_s_ = 0;
    return;
  }
  const bool told = slip_s_ > kSlipAfter_s;
  slip_s_ += dt_s;
  if (told || slip_s_ <= kSlipAfter_s) return;
  notes.push_back({TrackerNote::Kind::kSlip, time,
                   text("belt encoder says %.2f m/s, the drive says %.2f m/s: slip, or one of them is faulty", encoder_mps,
                        reported_mps)});
}

std::optional<double> BeltMotion::at(Time time) const {
  const auto after = std::lower_bound(memory_.begin(), memory_.end(), time,
                                      [](const Sample& sample, Time t) { return sample.time < t; });
  if (after == memory_.end()) return std::nullopt;
  if (after->time == time) return after->x_m;
  if (after == memory_.begin() || after->after_gap) return std::nullopt;
  const Sample& before = *(after - 1);
  const double share = (time - before.time).seconds() / (after->time - before.time).seconds();
  return before.x_m + share * (after->x_m - before.x_m);
}

bool BeltMotion::forwards_at(Time time) const {
  const auto now = at(time), before = at({time.ns - milliseconds(200).ns});
  return now && before ? *now >= *before : speed_mps_ >= 0;
}

std::optional<BeltMotion::Span> BeltMotion::span(Time from, Time to) const {
  const auto first = at(from), last = at(to);
  if (!first || !last) return std::nullopt;
  Span span{std::min(*first, *last), std::max(*first, *last)};
  if (from == to) return span;
  auto sample = std::upper_bound(memory_.begin(), memory_.end(), from,
                                 [](Time t, const Sample& s) { return t < s.time; });
  for (; sample != memory_.end() && sample->time <= to; ++sample) {
    if (sample->after_gap) return std::nullopt;
    span.low_m = std::min(span.low_m, sample->x_m);
    span.high_m = std::max(span.high_m, sample->x_m);
  }
  return span;
}

}  // namespace beltwarden::material
